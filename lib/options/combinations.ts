import { MAX_STORED_URL_SECONDS } from '../../lambda/contract';
import { partitionOf, placeOf } from './arn';
import type { DeploymentTarget, Options } from './options';
import { OptionError } from './parsers';

/**
 * Checks options against each other and against the deployment.
 *
 * @throws OptionError
 */
export function checkCombinations(options: Options, target: DeploymentTarget): void {
  if (!options.defaultBucket && options.existingBuckets.length === 0) {
    throw new OptionError('defaultBucket', 'false leaves no bucket to share from. Write existingBuckets as well');
  }
  const { signOnOpen, openedUrlLifetimeSeconds, maxLinkLifetimeSeconds = 0 } = options;
  if (!signOnOpen && openedUrlLifetimeSeconds !== undefined) {
    throw new OptionError('openedUrlLifetimeSeconds', 'it has no effect if signOnOpen is false. Leave one of them out');
  }
  if (!signOnOpen && maxLinkLifetimeSeconds > MAX_STORED_URL_SECONDS) {
    const limit = `Write at most ${MAX_STORED_URL_SECONDS}, or leave out signOnOpen`;
    throw new OptionError('maxLinkLifetimeSeconds', `${maxLinkLifetimeSeconds} needs signOnOpen. ${limit}`);
  }
  checkCustomDomain(options);
  checkPlaces(options, target);
}

function checkCustomDomain(options: Options): void {
  const { domainName, certificateArn, basePath, hostedZoneId, hostedZoneName, publicBaseUrl } = options;
  if (domainName === undefined) {
    const disableDefaultEndpoint = options.disableDefaultEndpoint || undefined;
    const dependents = { certificateArn, basePath, hostedZoneId, hostedZoneName, disableDefaultEndpoint };
    const [dependent] = Object.entries(dependents).find(([, value]) => value !== undefined) ?? [];
    if (dependent !== undefined) {
      throw new OptionError(dependent, 'it needs a custom domain. Write domainName as well');
    }
    return;
  }
  if (certificateArn === undefined) {
    throw new OptionError('domainName', 'it needs an ACM certificate. Write certificateArn as well');
  }
  if ((hostedZoneId === undefined) !== (hostedZoneName === undefined)) {
    throw new OptionError('hostedZoneId', 'a record needs the ID and the name. Write hostedZoneName and hostedZoneId');
  }
  // The CDK would append the name of the zone, and create the record elsewhere.
  if (hostedZoneName !== undefined && !`.${domainName}`.endsWith(`.${hostedZoneName}`)) {
    throw new OptionError('hostedZoneName', `${domainName} is not in ${hostedZoneName}. Write the zone that it is in`);
  }
  const apiUrl = `https://${domainName}${basePath === undefined ? '' : `/${basePath}`}`;
  if (publicBaseUrl !== undefined && new URL(publicBaseUrl).hostname === domainName && publicBaseUrl !== apiUrl) {
    throw new OptionError('publicBaseUrl', `the API is not there, but at ${apiUrl}. Write that, or leave it out`);
  }
}

type Place = DeploymentTarget & { readonly name: string };

/** Named resources must be in the stack's account and Region, and a KMS key in the Region of its bucket. */
function checkPlaces(options: Options, target: DeploymentTarget): void {
  const { certificateArn, webAclArn, issuerRoleArns, managerRoleArns, existingBuckets } = options;
  const named = Object.entries({ certificateArn, webAclArn, issuerRoleArns, managerRoleArns });
  const places: readonly Place[] = [
    { name: 'the stack', ...target },
    ...named.flatMap(([name, arns = []]) => [arns].flat().map((arn) => ({ name, ...placeOf(arn) }))),
  ];
  checkSame('account', places);
  const stackRegion = checkSame('region', places);
  for (const [index, { region = stackRegion, kmsKeyArn }] of existingBuckets.entries()) {
    const option = `existingBuckets[${index}]`;
    if (region !== undefined && stackRegion !== undefined && partitionOf(region) !== partitionOf(stackRegion)) {
      throw new OptionError(`${option}.region`, `${region} is not in the partition of the stack. Write one that is`);
    }
    const keyRegion = kmsKeyArn && placeOf(kmsKeyArn).region;
    if (region !== undefined && keyRegion !== undefined && keyRegion !== region) {
      throw new OptionError(`${option}.kmsKeyArn`, `it is in ${keyRegion}, its bucket in ${region}. Correct one`);
    }
  }
}

/** Checks that all places are in one account or Region. Returns it, if it is known. */
function checkSame(part: 'account' | 'region', places: readonly Place[]): string | undefined {
  const [first, ...others] = places.filter((place) => place[part] !== undefined);
  const different = others.find((place) => place[part] !== first?.[part]);
  if (first !== undefined && different !== undefined) {
    const problem = `its ${part} is ${different[part]}, and that of ${first.name} is ${first[part]}`;
    throw new OptionError(different.name, `${problem}. Write one in the ${part} of the stack`);
  }
  return first?.[part];
}
