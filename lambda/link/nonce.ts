import { createSecretKey, hkdfSync } from 'node:crypto';
import type { Brand } from './brand';

/**
 * The secret in a link: 32 random bytes as unpadded base64url (RFC 4648, section 5), 43 characters. Never logged or
 * stored.
 */
export type Nonce = Brand<string, 'Nonce'>;

/**
 * Public ID of a link, derived from its nonce by a one-way function: 16 bytes as base64url, 22 characters. Safe to log.
 */
export type LinkId = Brand<string, 'LinkId'>;

/** Key material that seals the destination of a link. Never logged or stored. */
export interface SealingKey {
  /** AES-256 key. */
  readonly key: Uint8Array;
  /** 96-bit initialization vector. Derived, not random, because each key seals only one record. */
  readonly iv: Uint8Array;
}

/** 256 bits: infeasible to guess, and enough for an AES-256 key. */
export const NONCE_BYTES = 32;

const LINK_ID_BYTES = 16;
const AES_256_KEY_BYTES = 32;
const GCM_IV_BYTES = 12;

/**
 * Generates a nonce. Retries if the link ID starts with a dash (1 in 64 does), because a command line would read it as
 * an option.
 *
 * @param randomBytes cryptographic random source, such as `randomBytes` of `node:crypto`.
 */
export function drawNonce(randomBytes: (length: number) => Uint8Array): {
  readonly nonce: Nonce;
  readonly linkId: LinkId;
} {
  const nonce = nonceFromBytes(randomBytes(NONCE_BYTES));
  const linkId = linkIdOf(nonce);
  return linkId.startsWith('-') ? drawNonce(randomBytes) : { nonce, linkId };
}

/**
 * Encodes random bytes as a nonce.
 *
 * @throws RangeError unless there are {@link NONCE_BYTES} bytes.
 */
export function nonceFromBytes(bytes: Uint8Array): Nonce {
  if (bytes.length !== NONCE_BYTES) {
    throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${bytes.length}`);
  }
  return Buffer.from(bytes).toString('base64url') as Nonce;
}

/**
 * Parses a nonce. Accepts only the canonical encoding: the last base64url character has spare bits, and a nonce with
 * one of them flipped must not work.
 *
 * @returns the nonce, or `undefined` for any other text.
 */
export function parseNonce(text: string | undefined): Nonce | undefined {
  return isCanonical(text, NONCE_BYTES) ? (text as Nonce) : undefined;
}

/** Parses a link ID in its canonical encoding. @returns the ID, or `undefined` for any other text, such as a nonce. */
export function parseLinkId(text: string | undefined): LinkId | undefined {
  return isCanonical(text, LINK_ID_BYTES) ? (text as LinkId) : undefined;
}

function isCanonical(text: string | undefined, length: number): boolean {
  const bytes = Buffer.from(text ?? '', 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text;
}

/**
 * Derives the link ID with HKDF-SHA256 (RFC 5869). It has its own label, so it reveals nothing about the sealing key.
 */
export function linkIdOf(nonce: Nonce): LinkId {
  return Buffer.from(derive(nonce, 'one-time-link/v1/link-id', LINK_ID_BYTES)).toString('base64url') as LinkId;
}

/** Derives the key that seals the destination. */
export function sealingKeyOf(nonce: Nonce): SealingKey {
  const material = derive(nonce, 'one-time-link/v1/seal', AES_256_KEY_BYTES + GCM_IV_BYTES);
  return { key: material.subarray(0, AES_256_KEY_BYTES), iv: material.subarray(AES_256_KEY_BYTES) };
}

function derive(nonce: Nonce, label: string, length: number): Uint8Array {
  // With a key object, derivation takes a third less time.
  const key = createSecretKey(nonce, 'base64url');
  return new Uint8Array(hkdfSync('sha256', key, '', label, length));
}
