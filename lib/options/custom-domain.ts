import { domainToASCII } from 'node:url';
import type { Node } from 'constructs';
import { parseArn, UUID } from './arn';
import { type DeploymentTarget, OptionError, readBoolean, readContext } from './context';
import { isDomainName } from './domain-name';

/** A domain name of one's own, by which the API is reached. */
export interface OwnAddress {
  readonly domainName: string;
  /** ARN of a certificate of ACM for the name, in the region of the stack. */
  readonly certificateArn: string;
  /** One path segment that the API is below of, without slashes. @default - it has the domain for itself */
  readonly basePath?: string;
  /** Zone to put an alias record for the name into. @default - whoever owns the name makes the record */
  readonly hostedZone?: HostedZone;
  /** Whether the address that API Gateway gives every API still works. */
  readonly defaultEndpoint: 'enabled' | 'disabled';
}

/** A public hosted zone of Route 53. */
export interface HostedZone {
  readonly id: string;
  /** Without a dot at the end. */
  readonly name: string;
}

const CERTIFICATE = new RegExp(`^certificate/${UUID}$`);

/** Fewer characters than API Gateway takes (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html): all mean themselves in a URL. */
const BASE_PATH = /^(?!\.\.?$)[\w.-]{1,100}$/;

/** What API Gateway keeps for itself. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html */
const HEALTH_CHECKS = ['ping', 'sping'];

/**
 * Reads the options about an address of one's own.
 *
 * @returns `undefined` if there is no domain name among them.
 * @throws OptionError that names the option and says what to write instead.
 */
export function readOwnAddress(node: Node, target: DeploymentTarget): OwnAddress | undefined {
  const domainName = readContext(node, 'domainName');
  const certificateArn = readContext(node, 'certificateArn');
  const basePath = readContext(node, 'basePath');
  const defaultEndpoint = readBoolean(node, 'disableDefaultEndpoint', false) ? 'disabled' : 'enabled';
  if (domainName === undefined) {
    refuseWithoutDomain(node, defaultEndpoint);
    return undefined;
  }
  const name = parseDomainName('domainName', domainName);
  if (certificateArn === undefined) {
    throw new OptionError(
      'certificateArn',
      `is missing: ${name} needs a certificate of ACM, in the region of the stack`,
    );
  }
  const hostedZone = readHostedZone(node, name);
  return {
    domainName: name,
    certificateArn: parseCertificateArn(certificateArn, target),
    ...(basePath === undefined ? {} : { basePath: parseBasePath(basePath) }),
    ...(hostedZone && { hostedZone }),
    defaultEndpoint,
  };
}

function refuseWithoutDomain(node: Node, defaultEndpoint: OwnAddress['defaultEndpoint']): void {
  const without = ['certificateArn', 'basePath', 'hostedZoneId', 'hostedZoneName'].find(
    (name) => readContext(node, name) !== undefined,
  );
  if (without !== undefined) {
    throw new OptionError(without, 'is given without domainName: write the domain name as well, or leave it out');
  }
  if (defaultEndpoint === 'disabled') {
    throw new OptionError(
      'disableDefaultEndpoint',
      'is true, and there is no domainName: nobody could reach the API. Write the domain name as well',
    );
  }
}

function parseDomainName(option: string, value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  if (text.includes('.execute-api.')) {
    throw new OptionError(option, 'is an address of API Gateway: write a name of your own');
  }
  if (text.startsWith('*.')) {
    throw new OptionError(option, 'must be one name: a wildcard is for the certificate');
  }
  if (isDomainName(text)) {
    return text;
  }
  const likely = domainToASCII(text.replace(/^[a-z]+:\/\//i, '').replace(/\.?(?::\d+)?(?:\/.*)?$/, ''));
  const advice = isDomainName(likely) ? `: write ${likely}` : ', such as links.example.com';
  throw new OptionError(option, `must be a domain name in lower-case ASCII, without scheme, port and path${advice}`);
}

function parseCertificateArn(value: unknown, target: DeploymentTarget): string {
  const option = 'certificateArn';
  const arn = parseArn(value);
  if (arn?.service === 'iam') {
    throw new OptionError(option, 'is a certificate in IAM: import it into ACM, in the region of the stack');
  }
  if (arn?.service !== 'acm' || arn.region === '' || arn.account === '' || !CERTIFICATE.test(arn.resource)) {
    throw new OptionError(
      option,
      'must be the ARN of a certificate of ACM, such as ' +
        'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
    );
  }
  if (target.region !== undefined && arn.region !== target.region) {
    throw new OptionError(
      option,
      `must be a certificate in ${target.region}, as the stack is, and not in ${arn.region}: the endpoint is regional`,
    );
  }
  if (target.account !== undefined && arn.account !== target.account) {
    throw new OptionError(
      option,
      `must be a certificate of account ${target.account}, as the stack is, and not of ${arn.account}`,
    );
  }
  return String(value);
}

function parseBasePath(value: unknown): string {
  if (HEALTH_CHECKS.some((path) => path === value)) {
    throw new OptionError('basePath', `is ${value}, by which API Gateway checks its own health: choose another`);
  }
  if (typeof value === 'string' && BASE_PATH.test(value)) {
    return value;
  }
  const inside = typeof value === 'string' ? value.replace(/^\/+|\/+$/g, '') : '';
  const advice = BASE_PATH.test(inside) ? `: write ${inside}` : ', such as links. Leave it out to have none';
  throw new OptionError(
    'basePath',
    `must be one path segment of at most 100 letters, digits, hyphens, dots and underscores, without slashes${advice}`,
  );
}

function readHostedZone(node: Node, domainName: string): HostedZone | undefined {
  const [id, zoneName] = [readContext(node, 'hostedZoneId'), readContext(node, 'hostedZoneName')];
  if (id === undefined && zoneName === undefined) {
    return undefined;
  }
  if (id === undefined || zoneName === undefined) {
    const [missing, given] = id === undefined ? ['hostedZoneId', 'hostedZoneName'] : ['hostedZoneName', 'hostedZoneId'];
    throw new OptionError(missing, `is missing: ${given} is given, and a record needs both`);
  }
  const [, bare] = (typeof id === 'string' && /^\/hostedzone\/(\w+)$/.exec(id)) || [];
  if (typeof id !== 'string' || !/^Z[A-Z0-9]{1,31}$/.test(id)) {
    const advice = bare === undefined ? ', such as Z0123456789ABCDEFGHIJ' : `: write ${bare}`;
    throw new OptionError('hostedZoneId', `must be the id of a hosted zone of Route 53${advice}`);
  }
  const name = parseDomainName('hostedZoneName', zoneName);
  if (domainName !== name && !domainName.endsWith(`.${name}`)) {
    throw new OptionError('hostedZoneName', `must be a zone that ${domainName} is in, and not ${name}`);
  }
  return { id, name };
}
