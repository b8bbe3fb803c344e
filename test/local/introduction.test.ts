import { parseOutputs } from '../../lib/client/stack-outputs';
import { introduction } from '../../lib/local/introduction';

function standAt(apiEndpoint: string) {
  return {
    apiEndpoint,
    s3Endpoint: 'http://127.0.0.1:4581',
    dynamoDbEndpoint: 'http://127.0.0.1:4582',
    outputs: { ApiGatewayEndpoint: apiEndpoint, BucketUrl: 'bucket', S3Endpoint: 'http://127.0.0.1:4581' },
  };
}

function stepsOf(text: string): readonly string[] {
  return [...text.matchAll(/^(\d)\. (.*)$/gm)].map(([line]) => line);
}

test('a stand says how to ask for a link, how to share a file, and to open it twice', () => {
  const stand = standAt('http://127.0.0.1:4580/prod/');
  const text = introduction(stand);

  expect(stepsOf(text)).toEqual([
    '1. Ask for a link to the sample picture:',
    '2. Or share a file of your own, in another terminal:',
    '3. Open the link in a browser: the picture, or your file.',
    '4. Open it once more: refused. It was for one opener.',
  ]);
  expect(text).toContain("  --write-out '\\n' http://127.0.0.1:4580/prod/generate-url\n\n2.");
  expect(text).toContain('\n\nnpm run share -- report.pdf\n\n3.');
  expect(() => parseOutputs(stand.outputs, 'the stand')).not.toThrow();
});

test('a stand with a domain name alone says what works there: the share command sends nothing to it', () => {
  const stand = standAt('http://links.example.com:4580/share/');
  const text = introduction(stand);

  expect(stepsOf(text)).toEqual([
    '1. Ask for a link to the sample picture:',
    '2. Open the link in a browser, with links.example.com as 127.0.0.1 in the hosts file: the picture.',
    '3. Open it once more: refused. It was for one opener.',
  ]);
  expect(text).toContain(
    "  --write-out '\\n' --resolve links.example.com:4580:127.0.0.1 \\\n  http://links.example.com:4580/share/generate-url\n",
  );
  expect(text).not.toContain('npm run share');
  expect(() => parseOutputs(stand.outputs, 'the stand')).toThrow('ApiGatewayEndpoint that nothing is sent to');
});
