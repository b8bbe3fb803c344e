import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { PreSignedURLStack } from '../../lib/presigned-url-stack';
import { COMBINATIONS } from '../support/option-combinations';
import { type Options, stackWith } from '../support/synthesised';

interface Report {
  readonly pluginReports: readonly { readonly violations: readonly { readonly ruleName: string }[] }[];
}

/** Findings of the AwsSolutions rules of cdk-nag, errors and warnings, that nobody explained. */
function unexplained(options: Options, change: (stack: PreSignedURLStack) => void = () => {}): readonly string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'nag-'));
  try {
    const stack = stackWith(options, {}, outdir);
    change(stack);
    const app = stack.node.root as App;
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    try {
      app.synth();
    } catch (error) {
      // An error among the findings fails the synth as well; all of them are in the report.
      if (!String(error).includes('validation-report.json')) {
        throw error;
      }
    }
    const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    return report.pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

test.each(COMBINATIONS)('the AwsSolutions rules find nothing that is not explained, %s', (_, options) => {
  expect(unexplained(options)).toEqual([]);
});

test('resources that break rules are found, be it an error or a warning', () => {
  const findings = unexplained({}, (stack) => {
    new Bucket(stack, 'Unexplained');
    new Table(stack, 'Unrecoverable', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  });

  expect([...findings].sort()).toEqual(['AwsSolutions-DDB3', 'AwsSolutions-S1', 'AwsSolutions-S10']);
});
