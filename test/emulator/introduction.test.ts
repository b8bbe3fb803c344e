import { introduction } from '../../emulator/introduction';

function introductionAt(
  apiEndpoint: string,
  outputsFile = 'cdk.out/local-outputs.json',
  outputs: Readonly<Record<string, string>> = { BucketUrl: 'bucket', UploadBucket: 'bucket' },
  leftAlone: readonly string[] = [],
): string {
  const addresses = {
    apiEndpoint,
    s3Endpoint: 'http://127.0.0.1:4581',
    dynamoDbEndpoint: 'http://127.0.0.1:4582',
    lambdaEndpoint: 'http://127.0.0.1:4585',
    leftAlone,
    outputs,
  };
  return introduction(addresses, outputsFile);
}

test('the introduction lists the endpoints and what to try', () => {
  expect(introductionAt('http://127.0.0.1:4580/prod/')).toBe(`
The local emulator is running. Only this machine can reach it.

  API        http://127.0.0.1:4580/prod/
  S3         http://127.0.0.1:4581
  DynamoDB   http://127.0.0.1:4582
  Lambda     http://127.0.0.1:4585
  Caller     LOCALCALLER / local-caller-secret, region us-east-1
  Outputs    cdk.out/local-outputs.json

1. Share a file, in another terminal:

npx one-time-links share README.md

2. Or issue a link with curl, to the sample picture:

curl --aws-sigv4 "aws:amz:us-east-1:execute-api" --user LOCALCALLER:local-caller-secret \\
  --header 'Content-Type: application/json' --data '{"bucket_name":"bucket","object_name":"S3.png"}' \\
  --write-out '\\n' http://127.0.0.1:4580/prod/generate-url

3. Open the link in a browser.

4. Open it again: it is refused.

5. See what happened to your links:

npx one-time-links list

Ctrl-C stops the emulator. Its log:

`);
});

test('the introduction of a second emulator names its outputs file in the share command', () => {
  const text = introductionAt('http://127.0.0.1:4600/prod/', 'cdk.out/local-outputs-4600.json');

  expect(text).toContain('  Outputs    cdk.out/local-outputs-4600.json\n');
  expect(text).toContain('\nnpx one-time-links share README.md --outputs cdk.out/local-outputs-4600.json\n');
});

test('without a default bucket, the introduction uploads a file to the first existing bucket', () => {
  const outputs = { BucketUrl: 'team-reports' };

  expect(introductionAt('http://127.0.0.1:4580/prod/', undefined, outputs)).toContain(`
1. Upload a file, in another terminal:

curl --aws-sigv4 "aws:amz:us-east-1:s3" --user LOCALCALLER:local-caller-secret \\
  --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail-with-body \\
  --upload-file README.md http://127.0.0.1:4581/team-reports/README.md

2. Share it:

npx one-time-links share s3://team-reports/README.md

3. Open the link in a browser.
`);
});

test('with only a custom domain, the introduction resolves it, and leaves out the share command', () => {
  const text = introductionAt('http://links.example.com:4580/share/');

  expect(text).toContain(
    "  --write-out '\\n' --resolve links.example.com:4580:127.0.0.1 \\\n  http://links.example.com:4580/share/generate-url\n",
  );
  expect(text).toContain('2. Map links.example.com to 127.0.0.1 in the hosts file and open the link in a browser.\n');
  expect(text).not.toContain('npx one-time-links share');
});

test('in another app, the introduction lists what the emulator does not serve', () => {
  const text = introductionAt('http://127.0.0.1:4580/prod/', undefined, undefined, [
    'AWS::EC2::VPC (1): Web/Vpc',
    'AWS::Lambda::Function (1): Web/Report (Runtime: the local emulator supports only Node.js, not python3.13)',
  ]);

  expect(text).toContain(`
  Outputs    cdk.out/local-outputs.json

The emulator does not serve:

  AWS::EC2::VPC (1): Web/Vpc
  AWS::Lambda::Function (1): Web/Report (Runtime: the local emulator supports only Node.js, not python3.13)

1. Share a file`);
});
