import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type TempFolder, tempFolder } from '@rekindle/e2e';

export interface Certificate {
  readonly folder: TempFolder;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate for localhost, signed by itself, its key behind a passphrase if there is one. */
export function makeCertificate(passphrase?: string, name = 'localhost'): Certificate {
  const folder = tempFolder('tls');
  const certFile = join(folder.path, 'cert.pem');
  const keyFile = join(folder.path, 'key.pem');
  const secret = passphrase === undefined ? ['-nodes'] : ['-passout', `pass:${passphrase}`];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-days', '2', ...secret, ...subject, ...files], { stdio: 'ignore' });
  return { folder, certFile, keyFile };
}
