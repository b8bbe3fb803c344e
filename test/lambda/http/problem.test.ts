import { type ProblemCode, problemResponse } from '../../../lambda/http/problem';

const SECRET_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
};

describe('a problem', () => {
  test.each<[ProblemCode, number, string]>([
    ['InvalidRequest', 400, 'Bad Request'],
    ['AccessDenied', 403, 'Forbidden'],
    ['BucketNotAllowed', 403, 'Forbidden'],
    ['ObjectNotFound', 404, 'Not Found'],
    ['LinkNotFound', 404, 'Not Found'],
    ['RevocationInDoubt', 404, 'Not Found'],
  ])('%s has status %i, the fields of RFC 9457 and its code', (code, status, title) => {
    const { body, ...answer } = problemResponse(code, 'What to do.');

    expect(answer).toEqual({
      statusCode: status,
      headers: { ...SECRET_HEADERS, 'Content-Type': 'application/problem+json' },
    });
    expect(JSON.parse(body)).toEqual({ type: 'about:blank', title, status, detail: 'What to do.', code });
  });

  test('StorageUnavailable has status 503 and a Retry-After in seconds', () => {
    const { statusCode, headers, body } = problemResponse('StorageUnavailable', 'Try again.');

    expect(statusCode).toBe(503);
    expect(headers).toEqual({ ...SECRET_HEADERS, 'Content-Type': 'application/problem+json', 'Retry-After': '2' });
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Try again.',
      code: 'StorageUnavailable',
    });
  });

  test('escapes the detail', () => {
    const detail = '"}, {"code": "Other"\r\n€';

    expect(JSON.parse(problemResponse('InvalidRequest', detail).body)).toMatchObject({
      detail,
      code: 'InvalidRequest',
    });
  });
});
