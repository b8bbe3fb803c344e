import { parseOutputs } from '../../cli/stack-outputs';
import { introduction } from '../../emulator/introduction';

function emulatorAt(apiEndpoint: string) {
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

test('an emulator says how to ask for a link, how to share a file, and to open it twice', () => {
  const emulator = emulatorAt('http://127.0.0.1:4580/prod/');
  const text = introduction(emulator);

  expect(stepsOf(text)).toEqual([
    '1. Ask for a link to the sample picture:',
    '2. Or share a file of your own, in another terminal:',
    '3. Open the link in a browser: the picture, or your file.',
    '4. Open it once more: refused. It was for one opener.',
  ]);
  expect(text).toContain("  --write-out '\\n' http://127.0.0.1:4580/prod/generate-url\n\n2.");
  expect(text).toContain('\n\nnpm run share -- report.pdf\n\n3.');
  expect(() => parseOutputs(emulator.outputs, 'the emulator')).not.toThrow();
});

test('an emulator with a domain name alone says what works there: the share command sends nothing to it', () => {
  const emulator = emulatorAt('http://links.example.com:4580/share/');
  const text = introduction(emulator);

  expect(stepsOf(text)).toEqual([
    '1. Ask for a link to the sample picture:',
    '2. Open the link in a browser, with links.example.com as 127.0.0.1 in the hosts file: the picture.',
    '3. Open it once more: refused. It was for one opener.',
  ]);
  expect(text).toContain(
    "  --write-out '\\n' --resolve links.example.com:4580:127.0.0.1 \\\n  http://links.example.com:4580/share/generate-url\n",
  );
  expect(text).not.toContain('npm run share');
  expect(() => parseOutputs(emulator.outputs, 'the emulator')).toThrow('ApiGatewayEndpoint that nothing is sent to');
});
