import { randomBytes } from 'node:crypto';
import { MAX_CONTENT_TYPES, MAX_SEALED_BYTES } from '../../../lambda/contract';
import {
  type AuthorizerContext,
  authorizerResult,
  sealedDestinationOf,
  uploadProblemOf,
} from '../../../lambda/http/authorizer-result';
import { loggedUserAgent } from '../../../lambda/http/request';
import type { SealedDestination } from '../../../lambda/link/sealed-destination';
import { limitProblem } from '../../../lambda/link/upload-declaration';
import { METHOD_ARN } from '../support/events';
import { LINK_ID } from '../support/handler';

const LARGEST = new Uint8Array(randomBytes(MAX_SEALED_BYTES)) as SealedDestination;
const REQUEST = { methodArn: METHOD_ARN, linkId: LINK_ID, userAgent: 'Mozilla/5.0' };

function policy(effect: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
  };
}

test('an Allow allows only this request, and carries the sealed destination as one string', () => {
  const result = authorizerResult(REQUEST, { outcome: 'redeemed', sealed: LARGEST });

  expect(result).toEqual({
    principalId: LINK_ID,
    policyDocument: policy('Allow'),
    context: { outcome: 'redeemed', userAgent: 'Mozilla/5.0', sealed: expect.any(String) },
  });
  expect(sealedDestinationOf(result.context)).toEqual(LARGEST);
});

test('an Allow stays within 6 KB for the largest record, the longest ARN and the longest user agent', () => {
  const methodArn = `arn:aws:execute-api:ap-southeast-1:123456789012:a1b2c3d4e5/${'s'.repeat(128)}/POST/access-object`;
  const userAgent = loggedUserAgent(() => ['"'.repeat(10_000)]);

  const result = authorizerResult({ methodArn, linkId: LINK_ID, userAgent }, { outcome: 'redeemed', sealed: LARGEST });

  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6 * 1024);
});

test('an Allow for a file that is not accepted carries why, and no sealed destination', () => {
  const result = authorizerResult(REQUEST, { outcome: 'invalid_upload', problem: 'size_bytes must be at most 999.' });

  expect(result).toEqual({
    principalId: LINK_ID,
    policyDocument: policy('Allow'),
    context: { outcome: 'invalid_upload', userAgent: 'Mozilla/5.0', problem: 'size_bytes must be at most 999.' },
  });
  expect(uploadProblemOf(result.context)).toBe('size_bytes must be at most 999.');
  expect(sealedDestinationOf(result.context)).toBeUndefined();
});

test('it stays within 6 KB for the longest list of content types', () => {
  const methodArn = `arn:aws:execute-api:ap-southeast-1:123456789012:a1b2c3d4e5/${'s'.repeat(128)}/POST/upload-object`;
  const userAgent = loggedUserAgent(() => ['"'.repeat(10_000)]);
  const contentTypes = Array.from({ length: MAX_CONTENT_TYPES }, () => `${'t'.repeat(127)}/${'s'.repeat(127)}`);
  const file = { fileName: 'a', sizeBytes: 0, contentType: 'a/b' };
  const problem = limitProblem(file, { maxBytes: 1, contentTypes });

  const result = authorizerResult({ methodArn, linkId: LINK_ID, userAgent }, { outcome: 'invalid_upload', problem });

  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6 * 1024);
});

test.each<AuthorizerContext | null | undefined>([undefined, null, {}, { problem: 1 }, { sealed: 'x' }])(
  'the context %j has no problem',
  (context) => {
    expect(uploadProblemOf(context)).toBeUndefined();
  },
);

test('a Deny contains the link ID, the outcome and the user agent for the access log', () => {
  expect(authorizerResult(REQUEST, { outcome: 'expired' })).toEqual({
    principalId: LINK_ID,
    policyDocument: policy('Deny'),
    context: { outcome: 'expired', userAgent: 'Mozilla/5.0' },
  });
  expect(
    authorizerResult({ methodArn: METHOD_ARN, linkId: undefined, userAgent: undefined }, { outcome: 'malformed' }),
  ).toEqual({
    principalId: 'none',
    policyDocument: policy('Deny'),
    context: { outcome: 'malformed' },
  });
});

test.each<AuthorizerContext | null | undefined>([undefined, null, {}, { sealed: 4711 }, { sealed: null }])(
  'the context %j has no sealed destination',
  (context) => {
    expect(sealedDestinationOf(context)).toBeUndefined();
  },
);
