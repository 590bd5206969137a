import { expect, it } from 'vitest';
import { fileLimit, nodeVersion, settings } from '../../dist/doctor/checks.js';

it.each([
  ['18.20.0', 'bad'],
  ['20.18.1', 'bad'],
  ['20.19.0', 'advice'],
  ['22.1.0', 'ok'],
])('Node %s is %s', (version, level) => {
  expect(nodeVersion(version).level).toBe(level);
});

it.each([
  ['Max open files            1024                 4096                 files', 'advice'],
  ['Max open files            65536                65536                files', 'ok'],
  ['Max open files            unlimited            unlimited            files', 'ok'],
  [undefined, 'ok'],
])('%s is %s', (text, level) => {
  expect(fileLimit(text).level).toBe(level);
});

it('finds settings that hurt, and nothing where there are none', () => {
  expect(settings({ NODE_ENV: 'production', SCHEDULERS: '4' }, 4)).toEqual([]);
  const texts = settings({ SCHEDULERS: '8', NODE_OPTIONS: '--inspect --max-old-space-size=100' }, 4).map(({ text }) => text.split(':')[0]);
  expect(texts).toEqual([
    'NODE_ENV is not set',
    'SCHEDULERS is 8, there are 4 processors',
    'NODE_OPTIONS has --inspect',
    'NODE_OPTIONS has --max-old-space-size',
  ]);
});
