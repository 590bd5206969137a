import { describe, expect, it } from 'vitest';
import { http } from '../src/http.js';
import { settings } from '../src/settings.js';

describe('http', () => {
  it('is healthy', async () => {
    const response = await http(new Request('http://localhost/health'));
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('knows no other path', async () => {
    expect((await http(new Request('http://localhost/nothing'))).status).toBe(404);
  });
  //#if auth

  it('gives a token for a name, and takes no other', async () => {
    const { nameIn } = await import('../src/http.js');
    const login = (body: string) => http(new Request('http://localhost/login', { method: 'POST', body }));
    const { token } = (await (await login('{"name":"Ann"}')).json()) as { token: string };
    expect(nameIn(token)).toBe('Ann');
    expect(nameIn(`${token}x`)).toBeUndefined();
    expect((await login('nonsense')).status).toBe(400);
  });
  //#end
});

describe('settings', () => {
  it('have defaults', () => {
    expect(settings({})).toMatchObject({ PORT: 4000, HOST: '127.0.0.1', SCHEDULERS: 2 });
  });

  it('say what was expected', () => {
    expect(() => settings({ PORT: 'http' })).toThrow("PORT: expected a whole number from 0 to 65535, got 'http'");
  });
  //#if auth

  it('want a secret in production', () => {
    expect(() => settings({ NODE_ENV: 'production' })).toThrow('SECRET: expected at least 32 characters, it is not set');
  });
  //#end
});
