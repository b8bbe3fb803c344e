import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { OneTimeLinks } from '../../lib/one-time-links';
import { COMBINATIONS } from '../support/option-combinations';
import { FAST_SYNTH, stackWith } from '../support/synthesized';

interface Report {
  readonly pluginReports: readonly { readonly violations: readonly { readonly ruleName: string }[] }[];
}

/** Findings of the AwsSolutions rules, errors and warnings, that are not acknowledged. */
function findingsIn(stackIn: (outdir: string) => Stack): readonly string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'nag-'));
  try {
    const app = stackIn(outdir).node.root as App;
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    try {
      app.synth();
    } catch (error) {
      // An error among the findings fails the synthesis. The report contains all of them.
      if (!String(error).includes('validation-report.json')) {
        throw error;
      }
    }
    const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    const found = report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
    // The CDK also reports the warnings of constructs.
    return found.filter((ruleName) => !ruleName.startsWith('Annotation::'));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

const RESOURCES_DIFFER = ['by default', 'with very many buckets', 'with everything', 'with the fewest resources'];

test.each(COMBINATIONS.filter(([name]) => RESOURCES_DIFFER.includes(name)))(
  'every finding in the app is acknowledged %s',
  (_, options) => {
    expect(findingsIn((outdir) => stackWith(options, {}, outdir))).toEqual([]);
  },
);

test('every finding is acknowledged in a stack with two constructs that is bound to an account and Region', () => {
  const findings = findingsIn((outdir) => {
    const env = { account: '123456789012', region: 'eu-west-1' };
    const stack = new Stack(new App({ context: FAST_SYNTH, outdir }), 'Shop', { env });
    new OneTimeLinks(stack, 'Links', {
      buckets: [new OneTimeLinks(stack, 'Invoices').firstBucket],
      defaultBucket: true,
    });
    return stack;
  });

  expect(findings).toEqual([]);
});

test('unacknowledged findings are reported, errors and warnings', () => {
  const findings = findingsIn((outdir) => {
    const stack = stackWith({}, {}, outdir);
    new Bucket(stack, 'Unexplained');
    new Table(stack, 'Unrecoverable', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    return stack;
  });

  expect([...findings].sort()).toEqual(['AwsSolutions-DDB3', 'AwsSolutions-S1', 'AwsSolutions-S10']);
});
