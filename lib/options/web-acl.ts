import { parseArn, UUID } from './arn';
import { type DeploymentTarget, OptionError } from './context';

const OPTION = 'webAclArn';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html#awswafv2-resources-for-iam-policies */
const REGIONAL = new RegExp(`^regional/webacl/[\\w-]{1,128}/${UUID}$`);

/**
 * Reads the ARN of a web ACL that a stage of API Gateway can be put behind: of WAF, not WAF Classic, and regional.
 *
 * @throws OptionError that says what to write instead.
 */
export function parseWebAclArn(value: unknown, target: DeploymentTarget): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const arn = parseArn(value);
  if (arn?.service === 'waf' || arn?.service === 'waf-regional') {
    throw new OptionError(
      OPTION,
      'is a web ACL of WAF Classic, which has ended: make one of AWS WAF, and write its ARN',
    );
  }
  if (arn?.service === 'wafv2' && arn.resource.startsWith('global/')) {
    throw new OptionError(
      OPTION,
      'is a web ACL for CloudFront: make one with the scope REGIONAL, in the region of the stack, and write its ARN',
    );
  }
  if (arn?.service !== 'wafv2' || arn.region === '' || arn.account === '' || !REGIONAL.test(arn.resource)) {
    throw new OptionError(
      OPTION,
      'must be the ARN of a web ACL, such as ' +
        'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab',
    );
  }
  if (target.region !== undefined && arn.region !== target.region) {
    throw new OptionError(OPTION, `must be a web ACL in ${target.region}, as the stack is, and not in ${arn.region}`);
  }
  if (target.account !== undefined && arn.account !== target.account) {
    throw new OptionError(
      OPTION,
      `must be a web ACL of account ${target.account}, as the stack is, and not of ${arn.account}`,
    );
  }
  return String(value);
}
