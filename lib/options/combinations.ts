import { MAX_STORED_URL_SECONDS } from '../../lambda/contract';
import { partitionOf, placeOf } from './arn';
import type { DeploymentTarget, Options } from './options';
import { OptionError } from './parsers';

/**
 * Checks options against each other and against the deployment target.
 *
 * @throws OptionError
 */
export function checkCombinations(options: Options, target: DeploymentTarget): void {
  if (!options.defaultBucket && options.existingBuckets.length === 0) {
    throw new OptionError('defaultBucket', 'false leaves no bucket to share from. Set existingBuckets as well');
  }
  if (!options.defaultBucket && options.serverAccessLogsBucket !== undefined) {
    throw new OptionError(
      'serverAccessLogsBucket',
      'it logs the default bucket, which defaultBucket omits. Leave it out',
    );
  }
  if (!options.defaultBucket && options.receivedRetentionDays !== undefined) {
    throw new OptionError(
      'receivedRetentionDays',
      'it is for the default bucket, which defaultBucket omits. Leave it out',
    );
  }
  const acceptsUploads = options.defaultBucket || options.existingBuckets.some(({ uploadPrefix }) => uploadPrefix);
  if (!acceptsUploads) {
    const uploadOptions = ['maxUploadBytes', 'dailyUploadBytes', 'uploadUrlLifetimeSeconds'] as const;
    const dependent = uploadOptions.find((name) => options[name] !== undefined);
    if (dependent !== undefined) {
      throw new OptionError(dependent, 'it has no effect if no bucket accepts uploads. Set uploadPrefix of a bucket');
    }
  }
  if (options.monitoring === 'none') {
    const [dependent] = (['alarmEmail', 'runbookBaseUrl'] as const).filter((name) => options[name] !== undefined);
    if (dependent !== undefined) {
      throw new OptionError(dependent, 'it has no effect if monitoring is none. Omit one of them');
    }
  }
  if (options.receiptRetentionDays === 0) {
    const { receiptFileNames, eventBusName, notificationEmail } = options;
    const dependents = { receiptFileNames: receiptFileNames || undefined, eventBusName, notificationEmail };
    const [dependent] = Object.entries(dependents).find(([, value]) => value !== undefined) ?? [];
    if (dependent !== undefined) {
      throw new OptionError(
        dependent,
        'it requires receipts, which receiptRetentionDays 0 turns off. Omit one of them',
      );
    }
  }
  const { signOnOpen, openedUrlLifetimeSeconds, maxLinkLifetimeSeconds = 0 } = options;
  if (!signOnOpen && openedUrlLifetimeSeconds !== undefined) {
    throw new OptionError('openedUrlLifetimeSeconds', 'it has no effect if signOnOpen is false. Omit one of them');
  }
  if (!signOnOpen && maxLinkLifetimeSeconds > MAX_STORED_URL_SECONDS) {
    const limit = `Use at most ${MAX_STORED_URL_SECONDS}, or omit signOnOpen`;
    throw new OptionError('maxLinkLifetimeSeconds', `${maxLinkLifetimeSeconds} requires signOnOpen. ${limit}`);
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
      throw new OptionError(dependent, 'it requires a custom domain. Set domainName as well');
    }
    return;
  }
  if (certificateArn === undefined) {
    throw new OptionError('domainName', 'it requires an ACM certificate. Set certificateArn as well');
  }
  if ((hostedZoneId === undefined) !== (hostedZoneName === undefined)) {
    throw new OptionError(
      'hostedZoneId',
      'a record requires both the ID and the name. Set hostedZoneName and hostedZoneId',
    );
  }
  // CDK would append the name of the zone, and so create a record for another name.
  if (hostedZoneName !== undefined && !`.${domainName}`.endsWith(`.${hostedZoneName}`)) {
    throw new OptionError('hostedZoneName', `${domainName} is not in ${hostedZoneName}. Use the zone that contains it`);
  }
  const apiUrl = `https://${domainName}${basePath === undefined ? '' : `/${basePath}`}`;
  if (publicBaseUrl !== undefined && new URL(publicBaseUrl).hostname === domainName && publicBaseUrl !== apiUrl) {
    throw new OptionError('publicBaseUrl', `the API is at ${apiUrl}. Use that URL, or omit the option`);
  }
}

type Place = DeploymentTarget & { readonly name: string };

/** Checks that resources are in the stack's account and Region, and KMS keys in the Region of their bucket. */
function checkPlaces(options: Options, target: DeploymentTarget): void {
  const { certificateArn, webAclArn, encryptionKeyArn, issuerRoleArns, managerRoleArns, existingBuckets } = options;
  const named = Object.entries({ certificateArn, webAclArn, encryptionKeyArn, issuerRoleArns, managerRoleArns });
  const places: readonly Place[] = [
    { name: 'the stack', ...target },
    ...named.flatMap(([name, arns = []]) => [arns].flat().map((arn) => ({ name, ...placeOf(arn) }))),
  ];
  checkSame('account', places);
  const stackRegion = checkSame('region', places);
  for (const [index, { region = stackRegion, kmsKeyArn }] of existingBuckets.entries()) {
    const option = `existingBuckets[${index}]`;
    if (region !== undefined && stackRegion !== undefined && partitionOf(region) !== partitionOf(stackRegion)) {
      throw new OptionError(`${option}.region`, `${region} is not in the partition of the stack. Use one that is`);
    }
    const keyRegion = kmsKeyArn && placeOf(kmsKeyArn).region;
    if (region !== undefined && keyRegion !== undefined && keyRegion !== region) {
      throw new OptionError(
        `${option}.kmsKeyArn`,
        `it is in ${keyRegion}, but its bucket is in ${region}. Correct one of them`,
      );
    }
  }
}

/** Checks that all places are in the same account or Region. Returns it if it is known. */
function checkSame(part: 'account' | 'region', places: readonly Place[]): string | undefined {
  const [first, ...others] = places.filter((place) => place[part] !== undefined);
  const different = others.find((place) => place[part] !== first?.[part]);
  if (first !== undefined && different !== undefined) {
    const noun = part === 'region' ? 'Region' : part;
    const problem = `its ${noun} is ${different[part]}, but the ${noun} of ${first.name} is ${first[part]}`;
    throw new OptionError(different.name, `${problem}. Use one in the ${noun} of the stack`);
  }
  return first?.[part];
}
