import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { OneTimeLinks } from '../../lib/one-time-links';
import { FAST_SYNTH } from '../support/synthesized';
import { propertiesOf, type RawTemplate, resourcesOf } from './support/template';

const PROJECT = join(__dirname, '../..');
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');
const PAGE = readFileSync(join(PROJECT, 'docs/receipts.md'), 'utf8');

let directory: string;
let template: RawTemplate;

beforeAll(() => {
  mkdirSync(join(PROJECT, 'cdk.out'), { recursive: true });
  directory = mkdtempSync(join(PROJECT, 'cdk.out', 'snippets-'));
  writeFileSync(join(directory, 'snippets.ts'), moduleWithSnippets());
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG));

  const stack = new Stack(new App({ context: FAST_SYNTH }), 'Snippets');
  const closeTicket = LambdaFunction.fromFunctionName(stack, 'CloseTicketFunction', 'close-ticket');
  const { addSnippets } = require(join(directory, 'snippets.ts'));
  addSnippets.call(stack, new OneTimeLinks(stack, 'Links'), closeTicket);
  template = Template.fromStack(stack).toJSON() as RawTemplate;
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/**
 * The compiler options of `cdk init` do not include `exactOptionalPropertyTypes`, which CDK's own classes do not meet.
 */
const TSCONFIG = {
  extends: '../../tsconfig.json',
  compilerOptions: { exactOptionalPropertyTypes: false },
  include: ['snippets.ts'],
  exclude: [],
};

/**
 * A module with the imports and snippets on the page. Each snippet has its own scope.
 */
function moduleWithSnippets(): string {
  const [imports = '', ...snippets] = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  return `${imports.replace("'./lib/", "'../../lib/")}
import type { Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

export function addSnippets(this: Stack, links: OneTimeLinks, closeTicket: IFunction): void {
${snippets.map((snippet) => `{\n${snippet}}\n`).join('')}}
`;
}

function rules() {
  const all = Object.values(propertiesOf(resourcesOf(template), 'AWS::Events::Rule'));
  return all.filter(({ EventPattern: pattern, EventBusName: bus }) => pattern !== undefined && bus !== undefined);
}

test('the snippets in docs/receipts.md compile', () => {
  const { stdout } = spawnSync(process.execPath, [TSC, '--project', directory], { encoding: 'utf8' });

  expect(stdout).toBe('');
});

test('each snippet in docs/receipts.md adds rules for its events', () => {
  const detail = { deployment: [expect.stringMatching(/^Snippets-Links-/)] };

  expect(rules().map(({ EventPattern: pattern }) => pattern)).toEqual([
    { source: ['one-time-s3-links'], 'detail-type': ['Link Redeemed'], detail },
    { source: ['one-time-s3-links'], 'detail-type': ['Link Redeemed'], detail },
    { source: ['one-time-s3-links'], 'detail-type': ['Link Redeemed'], detail },
    { source: ['one-time-s3-links'], 'detail-type': ['Link Redeemed'], detail },
    { source: ['one-time-s3-links'], 'detail-type': ['Link Refused'], detail },
  ]);
});

test('the snippets keep the URLs of Slack and Teams out of the template', () => {
  const destinations = Object.values(propertiesOf(resourcesOf(template), 'AWS::Events::ApiDestination'));

  expect(destinations.map(({ InvocationEndpoint: endpoint }) => endpoint)).toEqual([
    '{{resolve:secretsmanager:slack-webhook-url:SecretString:::}}',
    '{{resolve:secretsmanager:teams-webhook-url:SecretString:::}}',
    'https://example.com/link-events',
  ]);
});

test('the messages to Slack and Teams have the link ID and the IP address', () => {
  const targets = rules().flatMap(({ Targets: list }) => list as readonly { readonly InputTransformer?: object }[]);

  expect(targets.flatMap(({ InputTransformer: transformer }) => transformer ?? [])).toEqual([
    {
      InputPathsMap: { 'detail-link_id': '$.detail.link_id', 'detail-source_ip': '$.detail.source_ip' },
      InputTemplate: '{"text":"The link <detail-link_id> was redeemed from <detail-source_ip>."}',
    },
    {
      InputPathsMap: { 'detail-link_id': '$.detail.link_id', 'detail-source_ip': '$.detail.source_ip' },
      InputTemplate:
        '{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":' +
        '{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":' +
        '"The link <detail-link_id> was redeemed from <detail-source_ip>.","wrap":true}]}}]}',
    },
  ]);
});
