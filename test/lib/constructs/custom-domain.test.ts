import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { CustomDomainProps } from '../../../lib/one-time-links';
import { templateOfLinks } from '../../support/synthesized';
import { propertiesOf, type RawTemplate, resourcesOf } from '../support/template';

const CERTIFICATE_ARN = 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';
const MAPPING = { DomainName: '<LinkApiCustomDomain>', RestApiId: '<LinkApi>', Stage: '<LinkApiDeploymentStageprod>' };

function templateAt(props: Partial<CustomDomainProps> = {}, zoneName?: string): RawTemplate {
  return templateOfLinks((stack) => ({
    customDomain: {
      domainName: 'links.example.com',
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN),
      ...(zoneName !== undefined && {
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABC', zoneName }),
      }),
      ...props,
    },
  }));
}

function deploymentIds({ Resources }: RawTemplate): readonly string[] {
  return Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::ApiGateway::Deployment');
}

const DEFAULT = templateOfLinks();
const PLAIN = templateAt();
const FULL = templateAt({ basePath: 'share', disableDefaultEndpoint: true }, 'example.com');

test('a custom domain is regional, with its certificate and TLS 1.2, mapped to the stage, and changes nothing else', () => {
  const { LinkApiCustomDomain, LinkApiCustomDomainMapping, ...others } = resourcesOf(PLAIN);

  expect(LinkApiCustomDomain?.Properties).toEqual({
    DomainName: 'links.example.com',
    EndpointConfiguration: { Types: ['REGIONAL'] },
    RegionalCertificateArn: CERTIFICATE_ARN,
    SecurityPolicy: 'TLS_1_2',
  });
  expect(LinkApiCustomDomainMapping?.Properties).toEqual(MAPPING);
  expect(others).toEqual(resourcesOf(DEFAULT));
  expect(deploymentIds(PLAIN)).toEqual(deploymentIds(DEFAULT));
});

test('a base path is part of the mapping', () => {
  expect(propertiesOf(resourcesOf(FULL), 'AWS::ApiGateway::BasePathMapping')).toEqual({
    LinkApiCustomDomainMapping: { ...MAPPING, BasePath: 'share' },
  });
});

test.each([
  ['links.example.com', FULL],
  ['example.com', templateAt({ domainName: 'example.com' }, 'example.com')],
])('%s gets an alias record in the hosted zone example.com', (domainName, template) => {
  expect(propertiesOf(resourcesOf(template), 'AWS::Route53::RecordSet')).toEqual({
    LinkApiCustomDomainRecord: {
      Name: `${domainName}.`,
      Type: 'A',
      HostedZoneId: 'Z0123456789ABC',
      AliasTarget: {
        DNSName: '<LinkApiCustomDomain.RegionalDomainName>',
        HostedZoneId: '<LinkApiCustomDomain.RegionalHostedZoneId>',
      },
    },
  });
});

test('disableDefaultEndpoint takes effect with a new deployment of the API', () => {
  expect(resourcesOf(FULL)['LinkApi']?.Properties).toMatchObject({ DisableExecuteApiEndpoint: true });
  expect(deploymentIds(FULL)).toHaveLength(1);
  expect(deploymentIds(FULL)).not.toEqual(deploymentIds(DEFAULT));
});
