import { Duration, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ENVIRONMENT, UPLOAD_QUOTA_KEY } from '../../lambda/contract';
import { defined } from '../defined';
import type { Settings } from '../settings';
import type { AllowedBuckets } from './allowed-buckets';
import { HandlerFunction } from './handler-function';
import type { LinkTable } from './link-table';
import type { ReceiptTable } from './receipt-table';

/** The functions behind the API. */
export type LinkFunctions = Readonly<
  Record<
    'generateUrl' | 'authorizeAccess' | 'accessObject' | 'manageLink' | 'openLink' | 'describeLink',
    LambdaFunction
  >
> & {
  /** `undefined` if no bucket accepts uploads. */
  readonly uploadObject: LambdaFunction | undefined;
};

/** Options of {@link addLinkFunctions}. */
interface LinkFunctionsOptions {
  readonly settings: Settings;
  readonly links: LinkTable;
  /** `undefined` if the deployment keeps no receipts. */
  readonly receipts: ReceiptTable | undefined;
  readonly buckets: AllowedBuckets;
}

const SECONDS_PER_DAY = 86_400;

/** Adds the functions behind the API, with their settings and permissions. */
export function addLinkFunctions(scope: Construct, options: LinkFunctionsOptions): LinkFunctions {
  const { settings, buckets } = options;
  const generateUrl = addGenerateUrl(scope, options);
  const authorizeAccess = addAuthorizeAccess(scope, options);
  const accessObject = new HandlerFunction(scope, 'AccessObject', {
    entry: 'access-object',
    description: 'Redirects redeemed one-time links to their objects',
    ...defined({ reservedConcurrentExecutions: settings.redirectReservedConcurrency }),
  });
  if (settings.signOnOpen) {
    buckets.grantRead(accessObject);
    for (const fn of [generateUrl, authorizeAccess, accessObject]) {
      fn.addEnvironment(ENVIRONMENT.openedUrlLifetime, String(settings.openedUrlSeconds));
    }
  }
  // Of redirect and authorizer, CloudFormation must first update the one that gains a format, or that gives one up.
  const [first, second] = settings.signOnOpen ? [accessObject, authorizeAccess] : [authorizeAccess, accessObject];
  second.node.addDependency(first);
  second.role?.node.addDependency(first);
  // Links of a format are issued only once they can be redeemed.
  generateUrl.node.addDependency(second);
  const manageLink = addManageLink(scope, options);
  const openLink = addOpenLink(scope, options);
  const describeLink = new HandlerFunction(scope, 'DescribeLink', {
    entry: 'describe-link',
    description: 'Describes one-time links without redeeming them',
  });
  options.links.grant(describeLink, 'dynamodb:GetItem');
  const uploadObject = buckets.receiving.length > 0 ? addUploadObject(scope, options) : undefined;
  if (uploadObject !== undefined) {
    generateUrl.node.addDependency(uploadObject);
    allowUploadLinks(generateUrl, options);
  }
  return { generateUrl, authorizeAccess, accessObject, manageLink, openLink, describeLink, uploadObject };
}

function addUploadObject(scope: Construct, { settings, buckets }: LinkFunctionsOptions): HandlerFunction {
  const uploadObject = new HandlerFunction(scope, 'UploadObject', {
    entry: 'upload-object',
    description: 'Presigns uploads of redeemed one-time links',
  });
  buckets.grantUpload(uploadObject);
  uploadObject.addEnvironment(ENVIRONMENT.uploadUrlLifetime, String(settings.uploadUrlSeconds));
  return uploadObject;
}

/** Allows the function to issue upload links. The link table also counts what each caller's links of the day may receive. */
function allowUploadLinks(generateUrl: HandlerFunction, { settings, links }: LinkFunctionsOptions): void {
  generateUrl.addEnvironment(ENVIRONMENT.maxUploadBytes, String(settings.maxUploadBytes));
  generateUrl.addEnvironment(ENVIRONMENT.dailyUploadBytes, String(settings.dailyUploadBytes));
  links.grantUpdate(generateUrl, `${UPLOAD_QUOTA_KEY}*`);
}

function addOpenLink(scope: Construct, { settings, buckets }: LinkFunctionsOptions): HandlerFunction {
  const openLink = new HandlerFunction(scope, 'OpenLink', {
    entry: 'open-link',
    description: 'Serves the pages of one-time links',
    // Renders the pages during init, and returns one.
    memorySize: 256,
  });
  openLink.addEnvironment(ENVIRONMENT.s3Origins, Stack.of(scope).toJsonString(buckets.origins()));
  if (settings.organizationName !== undefined) {
    openLink.addEnvironment(ENVIRONMENT.organizationName, settings.organizationName);
  }
  if (settings.supportContact !== undefined) {
    openLink.addEnvironment(ENVIRONMENT.supportContact, settings.supportContact);
  }
  return openLink;
}

function addGenerateUrl(
  scope: Construct,
  { settings, links, receipts, buckets }: LinkFunctionsOptions,
): HandlerFunction {
  const { publicBaseUrl, maxLinkSeconds, receiptDays, receiptFileNames } = settings;
  const generateUrl = new HandlerFunction(scope, 'GenerateUrl', {
    entry: 'generate-url',
    description: 'Issues one-time links',
    // Up to three S3 requests and four puts in sequence, at most 22.3 s (lambda/aws/client-settings.ts). API Gateway
    // waits 29 s. Upload links take less: one S3 request and five writes.
    timeout: Duration.seconds(25),
  });
  buckets.grantIssue(generateUrl);
  links.grant(generateUrl, 'dynamodb:PutItem');
  generateUrl.addEnvironment(ENVIRONMENT.maxLinkLifetime, String(maxLinkSeconds));
  if (publicBaseUrl !== undefined) {
    generateUrl.addEnvironment(ENVIRONMENT.publicBaseUrl, publicBaseUrl);
  }
  if (receipts !== undefined) {
    receipts.grant(generateUrl, 'dynamodb:PutItem');
    generateUrl.addEnvironment(ENVIRONMENT.receiptRetention, String(receiptDays * SECONDS_PER_DAY));
    if (receiptFileNames) {
      generateUrl.addEnvironment(ENVIRONMENT.receiptFileNames, 'true');
    }
  }
  return generateUrl;
}

function addAuthorizeAccess(scope: Construct, { settings, links }: LinkFunctionsOptions): HandlerFunction {
  const authorizeAccess = new HandlerFunction(scope, 'AuthorizeAccess', {
    entry: 'authorize-access',
    description: 'Redeems one-time links',
    ...defined({ reservedConcurrentExecutions: settings.authorizerReservedConcurrency }),
  });
  links.grant(authorizeAccess, 'dynamodb:DeleteItem');
  return authorizeAccess;
}

function addManageLink(scope: Construct, { links, receipts }: LinkFunctionsOptions): HandlerFunction {
  const manageLink = new HandlerFunction(scope, 'ManageLink', {
    entry: 'manage-link',
    description: 'Looks up and revokes one-time links',
    // Listing links takes up to four sequential calls, at most 18 s.
    timeout: Duration.seconds(20),
  });
  links.grant(manageLink, 'dynamodb:GetItem', 'dynamodb:DeleteItem');
  if (receipts !== undefined) {
    links.grant(manageLink, 'dynamodb:BatchGetItem');
    receipts.grant(manageLink, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem');
    receipts.grantList(manageLink);
  }
  return manageLink;
}
