import { createHash } from 'node:crypto';
import { sign } from 'aws4';
import type { Credentials } from '../../cli/credentials';
import { signRequest } from '../../cli/sign-request';
import { verifySignature } from '../../emulator/iam/sigv4';

const NOW = new Date('2026-11-25T12:00:00Z');
const REQUEST = {
  method: 'POST',
  url: 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/a%20b/generate-url',
  headers: { accept: 'application/json', 'content-type': 'application/json' },
  body: '{"object_name":"ü"}',
};
const PERMANENT: Credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const TEMPORARY: Credentials = { ...PERMANENT, sessionToken: 'token+/=' };

describe.each([
  ['permanent', PERMANENT],
  ['temporary', TEMPORARY],
])('a request signed with %s credentials', (_, credentials) => {
  const signer = { credentials, region: 'eu-central-1', now: NOW };

  test('holds where signatures are verified, and not for another body', async () => {
    const headers = await signRequest(REQUEST, signer);
    const { host, pathname } = new URL(REQUEST.url);
    const request = {
      method: 'POST',
      rawPath: pathname,
      rawQuery: '',
      rawHeaders: Object.entries({ ...headers, host }).flat(),
      payloadHash: sha256(REQUEST.body),
    };
    const principal = { ...credentials, arn: 'arn:caller', statements: [] };
    const options = {
      service: 'execute-api',
      region: 'eu-central-1',
      now: NOW,
      principals: new Map([['AKID', principal]]),
    };

    expect(verifySignature(request, options)).toMatchObject({ ok: true });
    expect(verifySignature({ ...request, payloadHash: sha256('{}') }, options)).toMatchObject({ ok: false });
    expect(headers['x-amz-security-token']).toBe(credentials.sessionToken);
  });

  test('is signed as another signer does it', async () => {
    const { host, pathname } = new URL(REQUEST.url);
    const options = { extraHeadersToIgnore: { 'content-length': true } };
    const other = sign(
      {
        ...options,
        host,
        path: pathname,
        method: 'POST',
        service: 'execute-api',
        region: 'eu-central-1',
        headers: { ...REQUEST.headers, 'X-Amz-Date': '20261125T120000Z', 'x-amz-content-sha256': sha256(REQUEST.body) },
        body: REQUEST.body,
      },
      credentials,
    );

    const signed = await signRequest(REQUEST, signer);

    expect(signed['authorization']).toBe(other.headers?.['Authorization']);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
