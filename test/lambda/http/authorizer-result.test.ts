import { randomBytes } from 'node:crypto';
import { MAX_SEALED_BYTES } from '../../../lambda/contract';
import {
  type AuthorizerContext,
  allowResult,
  denyResult,
  sealedDestinationOf,
} from '../../../lambda/http/authorizer-result';
import { loggedUserAgent } from '../../../lambda/http/request';
import { linkIdOf } from '../../../lambda/link/nonce';
import { type SealedDestination, sealDestination } from '../../../lambda/link/sealed-destination';
import { METHOD_ARN } from '../support/events';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const NONCE = nonceNumber(0);
const LINK_ID = linkIdOf(NONCE);
const SEALED = sealDestination(NONCE, storedUrl(presignedUrl({ token: sessionToken(1_100) })));
const REQUEST = { methodArn: METHOD_ARN, linkId: LINK_ID, userAgent: 'Mozilla/5.0' };

function policy(effect: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
  };
}

describe('an Allow', () => {
  test('lets exactly the request through, and carries the sealed URL as one string', () => {
    const result = allowResult(REQUEST, SEALED);

    expect(result).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Allow'),
      context: { outcome: 'opened', userAgent: 'Mozilla/5.0', sealed: expect.any(String) },
    });
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(SEALED));
  });

  test('stays within 6 KB for the largest record and the longest user agent that are allowed', () => {
    const largest = new Uint8Array(randomBytes(MAX_SEALED_BYTES)) as SealedDestination;
    // The longest names of region (14), API (10) and stage (128).
    const longestArn = `arn:aws:execute-api:ap-southeast-1:123456789012:a1b2c3d4e5/${'s'.repeat(128)}/POST/access-object`;
    const userAgent = loggedUserAgent(() => ['"'.repeat(10_000)]);
    const result = allowResult({ methodArn: longestArn, linkId: LINK_ID, userAgent }, largest);

    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6 * 1024);
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(largest));
  });

  test('holds nothing that opens the record', () => {
    expect(JSON.stringify(allowResult(REQUEST, SEALED))).not.toContain(NONCE);
  });
});

describe('a Deny', () => {
  test('names the link by its id, and tells the access log why and of whom', () => {
    expect(denyResult(REQUEST, 'expired')).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Deny'),
      context: { outcome: 'expired', userAgent: 'Mozilla/5.0' },
    });
  });

  test('names no link and no user agent where the request had none', () => {
    expect(denyResult({ methodArn: METHOD_ARN, linkId: undefined, userAgent: undefined }, 'malformed')).toEqual({
      principalId: 'none',
      policyDocument: policy('Deny'),
      context: { outcome: 'malformed' },
    });
  });
});

describe('the context of a request', () => {
  test.each([
    ['none', undefined],
    ['null', null],
    ['an empty one', {}],
    ['one with only a principal', { principalId: LINK_ID }],
    ['one of another kind', { sealed: 4711 }],
    ['one with null', { sealed: null }],
  ])('holds no sealed URL where it is %s', (_, context) => {
    expect(sealedDestinationOf(context as AuthorizerContext | null | undefined)).toBeUndefined();
  });
});
