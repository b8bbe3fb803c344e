import { type DeployedStack, openDeployedStack } from '../../../cli/verify/deployed-stack';

/** Opens a stack on AWS, with clients for it. Sends no request. */
export function openExampleStack(): DeployedStack {
  return openDeployedStack({
    stackName: 'Links',
    apiEndpoint: 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/',
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'KEY', secretAccessKey: 'secret' }),
    uploadBucket: { name: 'bucket', owner: '123456789012' },
    description: 'the stack Links in eu-central-1',
  });
}
