import { randomBytes } from 'node:crypto';
import {
  type AuthorizerContext,
  allowResult,
  denyResult,
  sealedDestinationOf,
} from '../../../lambda/http/authorizer-result';
import { MAX_SEALED_BYTES } from '../../../lambda/link/limits';
import { linkIdOf } from '../../../lambda/link/nonce';
import { type SealedDestination, sealDestination } from '../../../lambda/link/sealed-destination';
import { METHOD_ARN } from '../support/events';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const NONCE = nonceNumber(0);
const LINK_ID = linkIdOf(NONCE);
const SEALED = sealDestination(NONCE, storedUrl(presignedUrl({ token: sessionToken(1_100) })));

function policy(effect: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
  };
}

describe('an Allow', () => {
  test('lets exactly the request through, and carries the sealed URL as one string', () => {
    const result = allowResult(METHOD_ARN, LINK_ID, SEALED);

    expect(result).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Allow'),
      context: { sealed: expect.any(String) },
    });
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(SEALED));
  });

  test('stays within 6 KB for the largest record that is allowed', () => {
    const largest = new Uint8Array(randomBytes(MAX_SEALED_BYTES)) as SealedDestination;
    // The longest names of region (14), API (10) and stage (128).
    const longestArn = `arn:aws:execute-api:ap-southeast-1:123456789012:a1b2c3d4e5/${'s'.repeat(128)}/POST/access-object`;
    const result = allowResult(longestArn, LINK_ID, largest);

    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6 * 1024);
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(largest));
  });

  test('holds nothing that opens the record', () => {
    expect(JSON.stringify(allowResult(METHOD_ARN, LINK_ID, SEALED))).not.toContain(NONCE);
  });
});

describe('a Deny', () => {
  test('has no context, and names the link by its id', () => {
    expect(denyResult(METHOD_ARN, LINK_ID)).toEqual({ principalId: LINK_ID, policyDocument: policy('Deny') });
  });

  test('names no link where the request had none', () => {
    expect(denyResult(METHOD_ARN, undefined)).toEqual({ principalId: 'none', policyDocument: policy('Deny') });
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
