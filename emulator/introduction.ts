import { LOCAL_EMULATOR } from '../lambda/contract';
import type { Emulator } from './emulator';
import { LOCAL_CALLER } from './iam/credentials';
import { LOCAL_REGION } from './template/template';

type Addresses = Pick<
  Emulator,
  'apiEndpoint' | 's3Endpoint' | 'dynamoDbEndpoint' | 'lambdaEndpoint' | 'outputs' | 'leftAlone'
>;

/** The text that `npm start` prints: the endpoints, and what to try. */
export function introduction(emulator: Addresses, outputsFile: string): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  return `
The local emulator is running. Only this machine can reach it.

  API        ${emulator.apiEndpoint}
  S3         ${emulator.s3Endpoint}
  DynamoDB   ${emulator.dynamoDbEndpoint}
  Lambda     ${emulator.lambdaEndpoint}
  Caller     ${accessKeyId} / ${secretAccessKey}, region ${LOCAL_REGION}
  Outputs    ${outputsFile}
${leftAlone(emulator)}
${steps(emulator, outputsFile)
  .map((step, index) => `${index + 1}. ${step}\n`)
  .join('\n')}
Ctrl-C stops the emulator. Its log:

`;
}

function leftAlone({ leftAlone: lines }: Addresses): string {
  return lines.length === 0 ? '' : `\nThe emulator does not serve:\n\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function steps(emulator: Addresses, outputsFile: string): readonly string[] {
  const { hostname, port } = new URL(emulator.apiEndpoint);
  const openAgain = 'Open it again: it is refused.';
  if (hostname === '127.0.0.1') {
    const option = outputsFile === LOCAL_EMULATOR.outputsFile ? '' : ` --outputs ${outputsFile}`;
    const share = 'npx one-time-links share';
    const sharing =
      emulator.outputs['UploadBucket'] === undefined
        ? [
            `Upload a file, in another terminal:\n\n${uploadCommand(emulator)}`,
            `Share it:\n\n${share} s3://${emulator.outputs['BucketUrl']}/README.md${option}`,
          ]
        : [
            `Share a file, in another terminal:\n\n${share} README.md${option}`,
            `Or issue a link with curl, to the sample picture:\n\n${issueCommand(emulator, '')}`,
          ];
    return [
      ...sharing,
      'Open the link in a browser.',
      openAgain,
      `See what happened to your links:\n\nnpx one-time-links list${option}`,
    ];
  }
  // `npx one-time-links share` sends nothing over plain HTTP to a custom domain.
  return [
    `Issue a link to an object:\n\n${issueCommand(emulator, `--resolve ${hostname}:${port}:127.0.0.1 \\\n  `)}`,
    `Map ${hostname} to 127.0.0.1 in the hosts file and open the link in a browser.`,
    openAgain,
  ];
}

function uploadCommand({ s3Endpoint, outputs }: Addresses): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  return `curl --aws-sigv4 "aws:amz:${LOCAL_REGION}:s3" --user ${accessKeyId}:${secretAccessKey} \\
  --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail-with-body \\
  --upload-file README.md ${s3Endpoint}/${outputs['BucketUrl']}/README.md`;
}

function issueCommand(emulator: Addresses, resolve: string): string {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const key = emulator.outputs['UploadBucket'] ? 'S3.png' : 'KEY';
  const body = JSON.stringify({ bucket_name: emulator.outputs['BucketUrl'], object_name: key });
  return `curl --aws-sigv4 "aws:amz:${LOCAL_REGION}:execute-api" --user ${accessKeyId}:${secretAccessKey} \\
  --header 'Content-Type: application/json' --data '${body}' \\
  --write-out '\\n' ${resolve}${emulator.apiEndpoint}generate-url`;
}
