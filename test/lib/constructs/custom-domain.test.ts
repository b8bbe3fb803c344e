import { templateWith } from '../../support/synthesised';
import { propertiesOf, type RawTemplate, readable, resourcesOf } from '../support/template';

const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';
const DOMAIN = { domainName: 'links.example.com', certificateArn: CERTIFICATE };
const ZONE = { hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'example.com' };
const MAPPING = { DomainName: '<LinkApiCustomDomain>', RestApiId: '<LinkApi>', Stage: '<LinkApiDeploymentStageprod>' };
const BY_DEFAULT = templateWith({});

function outputsOf(template: RawTemplate): Readonly<Record<string, { readonly Value: unknown }>> {
  return readable(template.Outputs) as Readonly<Record<string, { readonly Value: unknown }>>;
}

function deploymentIdOf(template: RawTemplate): readonly string[] {
  return Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === 'AWS::ApiGateway::Deployment');
}

describe('a domain name of the deployment', () => {
  const template = templateWith(DOMAIN, { account: '123456789012', region: 'eu-west-1' });
  const resources = resourcesOf(template);

  test('is regional, has its certificate and takes no TLS older than 1.2', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::DomainName')).toEqual({
      LinkApiCustomDomain: {
        DomainName: 'links.example.com',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        RegionalCertificateArn: CERTIFICATE,
        SecurityPolicy: 'TLS_1_2',
      },
    });
  });

  test('leads to the stage, and is the API’s alone', () => {
    expect(propertiesOf(resources, 'AWS::ApiGateway::BasePathMapping')).toEqual({
      LinkApiCustomDomainMapping: MAPPING,
    });
  });

  test('is the address that the stack puts out, with what its record must point at', () => {
    expect(outputsOf(template)).toMatchObject({
      ApiGatewayEndpoint: { Value: 'https://links.example.com/' },
      DomainTarget: { Value: '<LinkApiCustomDomain.RegionalDomainName>' },
    });
  });

  test('changes nothing else: the default endpoint stays as it is', () => {
    const { LinkApiCustomDomain, LinkApiCustomDomainMapping, ...others } = resources;
    expect(others).toEqual(resourcesOf(BY_DEFAULT));
    expect(deploymentIdOf(template)).toEqual(deploymentIdOf(BY_DEFAULT));
  });
});

describe('a base path', () => {
  const template = templateWith({ ...DOMAIN, basePath: 'share' });

  test('is what the domain name is mapped by, and part of the address', () => {
    expect(propertiesOf(resourcesOf(template), 'AWS::ApiGateway::BasePathMapping')).toEqual({
      LinkApiCustomDomainMapping: { ...MAPPING, BasePath: 'share' },
    });
    expect(outputsOf(template)).toMatchObject({ ApiGatewayEndpoint: { Value: 'https://links.example.com/share/' } });
  });
});

describe('a hosted zone', () => {
  test.each([
    ['links.example.com', 'example.com'],
    ['example.com', 'example.com'],
    ['links.eu.example.com', 'example.com'],
  ])('gets an alias record for %s in %s, and nobody is told to make one', (domainName, hostedZoneName) => {
    const template = templateWith({ ...DOMAIN, ...ZONE, domainName, hostedZoneName });

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
    expect(outputsOf(template)).not.toHaveProperty('DomainTarget');
  });
});

describe('the default endpoint', () => {
  const disabled = templateWith({ ...DOMAIN, disableDefaultEndpoint: 'true' });

  test('is disabled by the API, and by a new deployment of it, without which nothing would change', () => {
    expect(propertiesOf(resourcesOf(disabled), 'AWS::ApiGateway::RestApi')).toMatchObject({
      LinkApi: { DisableExecuteApiEndpoint: true },
    });
    expect(deploymentIdOf(disabled)).toHaveLength(1);
    expect(deploymentIdOf(disabled)).not.toEqual(deploymentIdOf(BY_DEFAULT));
  });

  test('stays with disableDefaultEndpoint=false, as by default', () => {
    const template = templateWith({ ...DOMAIN, disableDefaultEndpoint: false });

    expect(template).toEqual(templateWith(DOMAIN));
  });
});

test('behind another address, links start with that one, and callers are told the domain name', () => {
  const template = templateWith({ ...DOMAIN, publicBaseUrl: 'https://cdn.example.com/files' });

  expect(outputsOf(template)).toMatchObject({ ApiGatewayEndpoint: { Value: 'https://links.example.com/' } });
  expect(JSON.stringify(resourcesOf(template)['GenerateUrl'])).toContain('https://cdn.example.com/files');
});
