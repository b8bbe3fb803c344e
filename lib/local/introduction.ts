import { LOCAL_CALLER } from './credentials';
import { OUTPUTS_FILE } from './outputs-file';
import type { Stand } from './stand';
import { LOCAL_REGION } from './template/template';

/** What there is to say of a stand. */
type Introduced = Pick<Stand, 'apiEndpoint' | 's3Endpoint' | 'dynamoDbEndpoint' | 'outputs'>;

/** What `npm start` prints of a stand that is ready: where it listens, and what to type next. */
export function introduction(stand: Introduced): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  return `
One-time S3 links, on this machine only.

  API        ${stand.apiEndpoint}
  S3         ${stand.s3Endpoint}
  DynamoDB   ${stand.dynamoDbEndpoint}
  Caller     ${accessKeyId} / ${secretAccessKey}, region ${LOCAL_REGION}
  Outputs    ${OUTPUTS_FILE}

${steps(stand)
  .map((step, index) => `${index + 1}. ${step}\n`)
  .join('')}
Ctrl-C ends it. What happens shows below.

`;
}

function steps(stand: Introduced): readonly string[] {
  const { hostname, port } = new URL(stand.apiEndpoint);
  const again = 'Open it once more: refused. It was for one opener.';
  if (hostname === '127.0.0.1') {
    return [
      `${requestForLink(stand, '')}\n`,
      'Or share a file of your own, in another terminal:\n\nnpm run share -- report.pdf\n',
      'Open the link in a browser: the picture, or your file.',
      again,
    ];
  }
  // A name of the deployment's own leads elsewhere or nowhere yet, and the share command sends nothing there in clear.
  return [
    `${requestForLink(stand, `--resolve ${hostname}:${port}:127.0.0.1 \\\n  `)}\n`,
    `Open the link in a browser, with ${hostname} as 127.0.0.1 in the hosts file: the picture.`,
    again,
  ];
}

function requestForLink(stand: Introduced, resolve: string): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const body = JSON.stringify({ bucket_name: stand.outputs['BucketUrl'], object_name: 'S3.png' });
  return `Ask for a link to the sample picture:

curl --aws-sigv4 "aws:amz:${LOCAL_REGION}:execute-api" --user ${accessKeyId}:${secretAccessKey} \\
  --header 'Content-Type: application/json' --data '${body}' \\
  --write-out '\\n' ${resolve}${stand.apiEndpoint}generate-url`;
}
