import { LOCAL_EMULATOR } from '../lambda/contract';
import type { Emulator } from './emulator';
import { LOCAL_CALLER } from './iam/credentials';
import { LOCAL_REGION } from './template/template';

/** What there is to say of an emulator. */
type Introduced = Pick<Emulator, 'apiEndpoint' | 's3Endpoint' | 'dynamoDbEndpoint' | 'outputs'>;

/** What `npm start` prints of an emulator that is ready: where it listens, and what to type next. */
export function introduction(emulator: Introduced): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  return `
One-time S3 links, on this machine only.

  API        ${emulator.apiEndpoint}
  S3         ${emulator.s3Endpoint}
  DynamoDB   ${emulator.dynamoDbEndpoint}
  Caller     ${accessKeyId} / ${secretAccessKey}, region ${LOCAL_REGION}
  Outputs    ${LOCAL_EMULATOR.outputsFile}

${steps(emulator)
  .map((step, index) => `${index + 1}. ${step}\n`)
  .join('')}
Ctrl-C ends it. What happens shows below.

`;
}

function steps(emulator: Introduced): readonly string[] {
  const { hostname, port } = new URL(emulator.apiEndpoint);
  const again = 'Open it once more: refused. It was for one opener.';
  if (hostname === '127.0.0.1') {
    return [
      `${requestForLink(emulator, '')}\n`,
      'Or share a file of your own, in another terminal:\n\nnpm run share -- report.pdf\n',
      'Open the link in a browser: the picture, or your file.',
      again,
    ];
  }
  // A name of the deployment's own leads elsewhere or nowhere yet, and the share command sends nothing there in clear.
  return [
    `${requestForLink(emulator, `--resolve ${hostname}:${port}:127.0.0.1 \\\n  `)}\n`,
    `Open the link in a browser, with ${hostname} as 127.0.0.1 in the hosts file: the picture.`,
    again,
  ];
}

function requestForLink(emulator: Introduced, resolve: string): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const body = JSON.stringify({ bucket_name: emulator.outputs['BucketUrl'], object_name: 'S3.png' });
  return `Ask for a link to the sample picture:

curl --aws-sigv4 "aws:amz:${LOCAL_REGION}:execute-api" --user ${accessKeyId}:${secretAccessKey} \\
  --header 'Content-Type: application/json' --data '${body}' \\
  --write-out '\\n' ${resolve}${emulator.apiEndpoint}generate-url`;
}
