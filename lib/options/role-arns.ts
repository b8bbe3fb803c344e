import { parseArn } from './arn';
import { type DeploymentTarget, OptionError } from './context';

/** Name of a role, perhaps below a path: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE = /^role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/;

/** What looks like a role, or stands where one would, and takes no policy; with what to write instead. */
const OTHERS: readonly {
  readonly arn: RegExp;
  readonly advice: (account: string, name: string) => string;
}[] = [
  {
    arn: /^arn:[\w-]+:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/./,
    advice: (account, name) =>
      `is a session and not its role: write arn:aws:iam::${account}:role/${name}, with the path if the role has one`,
  },
  {
    arn: /^arn:[\w-]+:(?:iam|sts)::(\d{12}):(?:user|federated-user|group)\/(\S+)$/,
    advice: () => 'must be a role: attach the policy to users and groups by its ARN, which is an output of the stack',
  },
  {
    arn: /^arn:[\w-]+:iam::(\d{12}):instance-profile\/(\S+)$/,
    advice: () => 'is an instance profile: write the ARN of the role in it',
  },
  {
    arn: /^arn:[\w-]+:iam::(\d{12}):role\/aws-service-role\/(\S+)$/,
    advice: () =>
      'is a role that belongs to an AWS service, which takes no policy of yours: write the role of a caller',
  },
  {
    arn: /^arn:[\w-]+:iam::(\d{12}):role\/aws-reserved\/(\S+)$/,
    advice: () =>
      'is a role of IAM Identity Center, which only that may change: attach the policy in the permission set, as a ' +
      'customer managed policy',
  },
];

/**
 * Reads a list of ARNs of roles that a policy is attached to.
 *
 * @param value `undefined` is an empty list.
 * @throws OptionError that names the entry and says what to write instead.
 */
export function parseRoleArns(option: string, value: unknown, target: DeploymentTarget): readonly string[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw new OptionError(
      option,
      `must be a list of ARNs of roles, for example: -c '${option}=["arn:aws:iam::123456789012:role/sharing"]'`,
    );
  }
  const arns = value.map((entry: unknown, index) => parseRoleArn(`${option}[${index}]`, entry, target));
  const accounts = new Set(arns.map(accountOf));
  if (accounts.size > 1) {
    throw new OptionError(
      option,
      `names roles of ${[...accounts].join(' and ')}: IAM attaches a policy within one account, that of the stack. Let ` +
        'roles of others assume one there',
    );
  }
  // As IAM compares them.
  const names = arns.map((arn) => roleName(arn).toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new OptionError(option, `names the role ${twice} twice: write each once`);
  }
  return arns;
}

/** The account that a role belongs to. */
export function accountOf(roleArn: string): string {
  return parseArn(roleArn)?.account ?? '';
}

/** What IAM knows a role by when a policy is attached to it: its name, without the path. */
export function roleName(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

function parseRoleArn(option: string, value: unknown, { account }: DeploymentTarget): string {
  for (const other of OTHERS) {
    const [found, ofAccount = '', name = ''] = (typeof value === 'string' && other.arn.exec(value)) || [];
    if (found !== undefined) {
      throw new OptionError(option, other.advice(ofAccount, name));
    }
  }
  const arn = parseArn(value);
  if (arn?.service !== 'iam' || arn.region !== '' || arn.account === '' || !ROLE.test(arn.resource)) {
    throw new OptionError(option, 'must be the ARN of a role, such as arn:aws:iam::123456789012:role/sharing');
  }
  if (account !== undefined && arn.account !== account) {
    throw new OptionError(
      option,
      `must be a role of account ${account}, where the stack is deployed to, and not of ${arn.account}: let that role ` +
        'assume one here, and write the one here',
    );
  }
  return String(value);
}
