import { CfnBasePathMapping, DomainName, EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { defined } from '../defined';

/** A custom domain for the API. */
export interface CustomDomainProps {
  /** Domain name, for example `links.example.com`: one that serves nothing else. */
  readonly domainName: string;
  /** Certificate for the domain name, in the Region of the stack. */
  readonly certificate: ICertificate;
  /**
   * Path segment that the API is served under, without slashes. Applications at other paths can read nonces.
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
   * Disables the default endpoint, so that the API can be reached only through the custom domain.
   *
   * @default false
   */
  readonly disableDefaultEndpoint?: boolean;
}

/** The custom domain of an API, with a DNS record if the hosted zone is given. */
export class CustomDomain extends Construct {
  /** Base URL of the API at this domain, with a trailing slash. */
  readonly url: string;
  /** Host name that the DNS record of the domain must point to. */
  readonly target: string;

  constructor(scope: Construct, id: string, api: RestApi, props: CustomDomainProps) {
    super(scope, id);
    const { domainName, certificate, basePath, hostedZone } = props;
    const domain = new DomainName(this, 'Domain', {
      domainName,
      certificate,
      // An edge endpoint would retry a GET that timed out, as for the API itself.
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
