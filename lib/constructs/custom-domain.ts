import { CfnBasePathMapping, DomainName, EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { defined } from '../defined';

/** A domain name for the API. */
export interface CustomDomainProps {
  /** For example `links.example.com`. */
  readonly domainName: string;
  /** Certificate for the domain name, in the Region of the stack. */
  readonly certificate: ICertificate;
  /**
   * One path segment below which the API is served, without slashes.
   *
   * @default - the API is at the root of the domain
   */
  readonly basePath?: string;
  /**
   * Route 53 zone in which to create the alias record.
   *
   * @default - no record: create one that points at `domainTarget`
   */
  readonly hostedZone?: IHostedZone;
  /**
   * Disables the default endpoint of the API, so that it can be reached by the domain name only.
   *
   * @default false
   */
  readonly disableDefaultEndpoint?: boolean;
}

/** The custom domain of an API, with its DNS record if the zone is in Route 53. */
export class CustomDomain extends Construct {
  /** Base URL of the API at this domain, with a trailing slash. */
  readonly url: string;
  /** Host name at which the DNS record of the domain must point. */
  readonly target: string;

  constructor(scope: Construct, id: string, api: RestApi, props: CustomDomainProps) {
    super(scope, id);
    const { domainName, certificate, basePath, hostedZone } = props;
    const domain = new DomainName(this, 'Domain', {
      domainName,
      certificate,
      // Like the API itself: an edge endpoint would repeat a request that timed out.
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnBasePathMapping(this, 'Mapping', {
      domainName: domain.domainName,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
      ...defined({ basePath }),
    });
    this.url = `https://${domainName}/${basePath === undefined ? '' : `${basePath}/`}`;
    this.target = domain.domainNameAliasDomainName;
    if (hostedZone !== undefined) {
      const target = RecordTarget.fromAlias(new ApiGatewayDomain(domain));
      new ARecord(this, 'Record', { zone: hostedZone, recordName: domainName, target });
    }
  }
}
