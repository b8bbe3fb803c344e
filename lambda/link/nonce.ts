import { hkdfSync } from 'node:crypto';
import type { Brand } from './brand';

/** The secret of a link: 32 random bytes as unpadded base64url (RFC 4648, section 5), 43 characters. Never logged or stored. */
export type Nonce = Brand<string, 'Nonce'>;

/** Public name of a link, derived from its nonce one way: 16 bytes as base64url, 22 characters. Safe to log, store and show. */
export type LinkId = Brand<string, 'LinkId'>;

/** Key material for sealing what a link leads to. Never logged or stored. */
export interface SealingKey {
  /** AES-256 key. */
  readonly key: Uint8Array;
  /** 96-bit initialisation vector. Derived, not drawn: the key seals one record in its life, so the pair is never used again. */
  readonly iv: Uint8Array;
}

/** 256 bits: guessing is hopeless, and every bit counts towards the sealing key. */
export const NONCE_BYTES = 32;

const LINK_ID_BYTES = 16;
const AES_256_KEY_BYTES = 32;
const GCM_IV_BYTES = 12;

/**
 * Writes random bytes as a nonce.
 *
 * @param bytes {@link NONCE_BYTES} bytes from a cryptographic random source.
 * @throws RangeError for any other length.
 */
export function nonceFromBytes(bytes: Uint8Array): Nonce {
  if (bytes.length !== NONCE_BYTES) {
    throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${bytes.length}`);
  }
  return Buffer.from(bytes).toString('base64url') as Nonce;
}

/**
 * Recognises a nonce. Only the one canonical spelling counts: base64url has spare bits in its last character, and a link
 * with one of them flipped must not open.
 *
 * @returns the nonce, or `undefined` if the text is none.
 */
export function parseNonce(text: string | undefined): Nonce | undefined {
  if (text === undefined) {
    return undefined;
  }
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === NONCE_BYTES && bytes.toString('base64url') === text ? (text as Nonce) : undefined;
}

/**
 * Recognises a link id, in its one canonical spelling.
 *
 * @returns the id, or `undefined` if the text is none: a nonce is longer, and is none.
 */
export function parseLinkId(text: string | undefined): LinkId | undefined {
  if (text === undefined) {
    return undefined;
  }
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === LINK_ID_BYTES && bytes.toString('base64url') === text ? (text as LinkId) : undefined;
}

/** Derives the link id. HKDF-SHA256 (RFC 5869) with a label of its own, so that it says nothing about the sealing key. */
export function linkIdOf(nonce: Nonce): LinkId {
  return Buffer.from(derive(nonce, 'one-time-link/v1/link-id', LINK_ID_BYTES)).toString('base64url') as LinkId;
}

/** Derives the key that seals what the link leads to. */
export function sealingKeyOf(nonce: Nonce): SealingKey {
  const material = derive(nonce, 'one-time-link/v1/seal', AES_256_KEY_BYTES + GCM_IV_BYTES);
  return { key: material.subarray(0, AES_256_KEY_BYTES), iv: material.subarray(AES_256_KEY_BYTES) };
}

function derive(nonce: Nonce, label: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(nonce, 'base64url'), '', label, length));
}
