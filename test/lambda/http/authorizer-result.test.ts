import { randomBytes } from 'node:crypto';
import { MAX_SEALED_BYTES } from '../../../lambda/contract';
import { type AuthorizerContext, authorizerResult, sealedDestinationOf } from '../../../lambda/http/authorizer-result';
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
  test('allows exactly the request, and carries the sealed destination as one string', () => {
    const result = authorizerResult(REQUEST, { outcome: 'opened', sealed: SEALED });

    expect(result).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Allow'),
      context: { outcome: 'opened', userAgent: 'Mozilla/5.0', sealed: expect.any(String) },
    });
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(SEALED));
  });

  test('stays within 6 KB for the largest record and the longest user agent', () => {
    const largest = new Uint8Array(randomBytes(MAX_SEALED_BYTES)) as SealedDestination;
    // Longest region, API ID and stage (128).
    const longestArn = `arn:aws:execute-api:ap-southeast-1:123456789012:a1b2c3d4e5/${'s'.repeat(128)}/POST/access-object`;
    const userAgent = loggedUserAgent(() => ['"'.repeat(10_000)]);
    const result = authorizerResult(
      { methodArn: longestArn, linkId: LINK_ID, userAgent },
      { outcome: 'opened', sealed: largest },
    );

    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6 * 1024);
    expect(sealedDestinationOf(result.context)).toEqual(new Uint8Array(largest));
  });

  test('does not contain the nonce', () => {
    expect(JSON.stringify(authorizerResult(REQUEST, { outcome: 'opened', sealed: SEALED }))).not.toContain(NONCE);
  });
});

describe('a Deny', () => {
  test('contains the link ID, and outcome and user agent for the access log', () => {
    expect(authorizerResult(REQUEST, { outcome: 'expired' })).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Deny'),
      context: { outcome: 'expired', userAgent: 'Mozilla/5.0' },
    });
  });

  test('contains neither if the request has neither', () => {
    expect(
      authorizerResult({ methodArn: METHOD_ARN, linkId: undefined, userAgent: undefined }, { outcome: 'malformed' }),
    ).toEqual({
      principalId: 'none',
      policyDocument: policy('Deny'),
      context: { outcome: 'malformed' },
    });
  });
});

describe('sealedDestinationOf', () => {
  test.each([
    ['none', undefined],
    ['null', null],
    ['empty', {}],
    ['only a principal', { principalId: LINK_ID }],
    ['a number', { sealed: 4711 }],
    ['a null record', { sealed: null }],
  ])('is undefined for a context that is %s', (_, context) => {
    expect(sealedDestinationOf(context as AuthorizerContext | null | undefined)).toBeUndefined();
  });
});
