import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type TempFolder, tempFolder } from '@rekindle/e2e';

export interface Certificate {
  readonly folder: TempFolder;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate for localhost, signed by itself, its key behind a passphrase. */
export function makeCertificate(passphrase: string): Certificate {
  const folder = tempFolder('tls');
  const certFile = join(folder.path, 'cert.pem');
  const keyFile = join(folder.path, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-passout',
      `pass:${passphrase}`,
      '-days',
      '2',
      ...subject,
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ],
    {
      stdio: 'ignore',
    },
  );
  return { folder, certFile, keyFile };
}
