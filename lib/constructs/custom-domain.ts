import { CfnBasePathMapping, DomainName, EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { OwnAddress } from '../options/custom-domain';

/** Properties of an {@link OwnDomain}. */
export interface OwnDomainProps {
  readonly api: RestApi;
  readonly address: OwnAddress;
}

/** A domain name that leads to the API, with its record if the zone is in Route 53. */
export class OwnDomain extends Construct {
  /** Base address of the API by this name, with a trailing slash. */
  readonly url: string;
  /** Name that a record for the domain must point at. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, address }: OwnDomainProps) {
    super(scope, id);
    const { domainName, certificateArn, basePath, hostedZone } = address;
    const domain = new DomainName(this, 'Domain', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      // As the API itself: an edge endpoint would repeat a request that timed out.
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnBasePathMapping(this, 'Mapping', {
      domainName: domain.domainName,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
      ...(basePath === undefined ? {} : { basePath }),
    });
    this.url = `https://${domainName}/${basePath === undefined ? '' : `${basePath}/`}`;
    this.target = domain.domainNameAliasDomainName;
    if (hostedZone !== undefined) {
      new ARecord(this, 'Record', {
        zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', {
          hostedZoneId: hostedZone.id,
          zoneName: hostedZone.name,
        }),
        recordName: domainName,
        target: RecordTarget.fromAlias(new ApiGatewayDomain(domain)),
      });
    }
  }
}
