import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): ChaCha20-Poly1305 with a nonce long enough to be random. Node has the inner
// cipher only; the key for it comes from HChaCha20.

const NONCE = 24;
const TAG = 16;
/** "expand 32-byte k": the constants that a ChaCha20 block begins with. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

/**
 * The first and the last row of the block before the initial state is added to it. Node gives the block with that sum, so the
 * constants and the nonce, which stand in these rows, are subtracted again.
 */
function hchacha20(key: Uint8Array, nonce: Buffer): Buffer {
  const block = createCipheriv('chacha20', key, nonce).update(Buffer.alloc(64));
  const subkey = Buffer.alloc(32);
  for (let i = 0; i < 4; i++) {
    subkey.writeInt32LE((block.readInt32LE(4 * i) - (CONSTANTS[i] as number)) | 0, 4 * i);
    subkey.writeInt32LE((block.readInt32LE(48 + 4 * i) - nonce.readInt32LE(4 * i)) | 0, 16 + 4 * i);
  }
  return subkey;
}

function inner(key: Uint8Array, nonce: Buffer): [subkey: Buffer, nonce: Buffer] {
  return [hchacha20(key, nonce.subarray(0, 16)), Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])];
}

/** Nonce, tag and cipher text. `key` has 32 bytes; `data` is authenticated along. */
export function seal(key: Uint8Array, plain: Uint8Array, data: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('chacha20-poly1305', ...inner(key, nonce), { authTagLength: TAG });
  cipher.setAAD(data, { plaintextLength: plain.length });
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Null when it was sealed with another key, or has been changed. */
export function open(key: Uint8Array, sealed: Buffer, data: Uint8Array): Buffer | null {
  if (sealed.length < NONCE + TAG) return null;
  const cipher = createDecipheriv('chacha20-poly1305', ...inner(key, sealed.subarray(0, NONCE)), { authTagLength: TAG });
  cipher.setAAD(data, { plaintextLength: sealed.length - NONCE - TAG });
  cipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(NONCE + TAG)), cipher.final()]);
  } catch {
    return null;
  }
}
