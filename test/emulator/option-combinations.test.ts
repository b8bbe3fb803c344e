import { readApi } from '../../emulator/api-gateway/api-model';
import { readDeliveries } from '../../emulator/deliveries';
import { readTables } from '../../emulator/dynamodb/table-model';
import { readFunctions } from '../../emulator/lambda/function-model';
import { readBuckets } from '../../emulator/s3/bucket-model';
import { readTopics } from '../../emulator/sns/topic-model';
import { Template } from '../../emulator/template/template';
import { COMBINATIONS } from '../support/option-combinations';
import { assemblyWith } from '../support/synthesized';

test.each(COMBINATIONS)('the emulator supports everything in the template, %s', async (_, options) => {
  const { template, stackName } = await assemblyWith(options);
  const read = new Template(template, stackName);

  expect(readApi(read).methods).not.toEqual([]);
  const functions = readFunctions(read);
  expect(functions.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['GenerateUrl', 'AuthorizeAccess', 'AccessObject', 'ManageLink', 'OpenLink']),
  );
  expect(() => [readDeliveries(read, functions), readTopics(read, functions)]).not.toThrow();
  expect(readTables(read).map(({ partitionKey }) => partitionKey)).toContainEqual({ name: 'nonce_id', type: 'S' });
  expect(readBuckets(read)).toHaveLength(options['defaultBucket'] === false ? 0 : 1);
  expect(Object.keys(read.outputs())).toContain('ApiGatewayEndpoint');
});
