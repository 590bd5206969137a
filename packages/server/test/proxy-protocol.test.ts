import { parseProxyHeader } from '@rekindle/server/internal';
import { describe, expect, it } from 'vitest';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('parseProxyHeader, version 1', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nGET', { length: 40, client: { address: '192.0.2.1', port: 5000 } }],
    ['PROXY TCP6 2001:db8::1 ::1 5000 80\r\n', { length: 36, client: { address: '2001:db8::1', port: 5000 } }],
    ['PROXY UNKNOWN\r\n', { length: 15, client: undefined }],
    ['PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n', { length: 43, client: undefined }],
  ])('%j', (text, header) => {
    expect(parseProxyHeader(latin1(text))).toEqual(header);
    for (let length = 1; length < header.length; length++) expect(parseProxyHeader(latin1(text).subarray(0, length))).toBeUndefined();
  });

  it.each([
    'POST / HTTP/1.1\r\n',
    'PROXY TCP4 2001:db8::1 ::1 5000 80\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 5000\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 5000 80 more\r\n',
    'PROXY UDP4 192.0.2.1 192.0.2.2 5000 80\r\n',
    `PROXY TCP4 ${'1'.repeat(100)}\r\n`,
  ])('is not %j', (text) => {
    expect(parseProxyHeader(latin1(text))).toBeNull();
  });
});

describe('parseProxyHeader, version 2', () => {
  const signature = latin1('\r\n\r\n\0\r\nQUIT\n');
  const header = Buffer.concat([signature, Buffer.from([0x21, 0x11, 0, 12, 192, 0, 2, 1, 127, 0, 0, 1, 0x12, 0x34, 0, 80])]);

  it('an address, whole or in pieces', () => {
    expect(parseProxyHeader(header)).toEqual({ length: 28, client: { address: '192.0.2.1', port: 0x1234 } });
    for (let length = 1; length < header.length; length++) expect(parseProxyHeader(header.subarray(0, length))).toBeUndefined();
  });

  it('a health check of the proxy itself', () => {
    expect(parseProxyHeader(Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]))).toEqual({ length: 16, client: undefined });
  });

  it.each([
    ['another version', 12, 0x31],
    ['another command', 12, 0x22],
    ['more than any header has', 14, 0xff],
    ['no signature', 3, 0x20],
  ])('is not: %s', (_what, at, byte) => {
    const other = Buffer.from(header);
    other[at] = byte;
    expect(parseProxyHeader(other)).toBeNull();
  });
});
