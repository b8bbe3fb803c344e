import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { templateOfLinks } from '../support/synthesized';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000';

const { Resources } = templateOfLinks((stack) => ({
  notificationEmail: 'ada@example.com',
  customDomain: {
    domainName: 'links.example.com',
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE),
  },
}));

/** Logical IDs of all resources of a type, sorted. */
function idsOf(type: string): readonly string[] {
  return Object.keys(Resources)
    .filter((id) => Resources[id]?.Type === type)
    .sort();
}

function propertiesOf(id: string): unknown {
  return Resources[id]?.Properties;
}

// CloudFormation deletes a resource whose logical ID is no longer in the template, and creates another.
describe('an update keeps', () => {
  test('links and receipts: the tables and their keys', () => {
    expect(idsOf('AWS::DynamoDB::Table')).toEqual(['LinkTableE3B35B98', 'ReceiptTable6DCA1851']);
    expect(propertiesOf('LinkTableE3B35B98')).toMatchObject({
      KeySchema: [{ AttributeName: 'nonce_id', KeyType: 'HASH' }],
    });
    expect(propertiesOf('ReceiptTable6DCA1851')).toMatchObject({
      KeySchema: [{ AttributeName: 'link_id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by_creator',
          KeySchema: [
            { AttributeName: 'created_by', KeyType: 'HASH' },
            { AttributeName: 'created_at', KeyType: 'RANGE' },
          ],
        },
      ],
    });
  });

  test('objects: the default bucket', () => {
    expect(idsOf('AWS::S3::Bucket')).toEqual(['DefaultBucketC2CD5763']);
  });

  test('the address in links that were sent: the API, its stage and its domain name', () => {
    expect(idsOf('AWS::ApiGateway::RestApi')).toEqual(['LinkApiFC5AB5A1']);
    expect(idsOf('AWS::ApiGateway::Stage')).toEqual(['LinkApiDeploymentStageprod47AF55F5']);
    expect(propertiesOf('LinkApiDeploymentStageprod47AF55F5')).toMatchObject({ StageName: 'prod' });
    expect(idsOf('AWS::ApiGateway::DomainName')).toEqual(['LinkApiCustomDomain520DDD5A']);
  });

  test('the permissions of callers: the policies that are attached to them', () => {
    expect(idsOf('AWS::IAM::ManagedPolicy')).toEqual([
      'IssuerPolicy1C666CA8',
      'ManagerPolicy45DAA9FE',
      'SharerPolicyBF5C2BFF',
    ]);
  });

  test('the roles that the policies of existing buckets allow', () => {
    expect(idsOf('AWS::IAM::Role')).toEqual(
      expect.arrayContaining(['GenerateUrlRole4B2BC158', 'AccessObjectRoleDA479127']),
    );
  });

  test('email: the topics, whose subscriptions were confirmed', () => {
    expect(idsOf('AWS::SNS::Topic')).toEqual(['MonitoringAlarmTopicAF62D4F1', 'NotificationTopicEB7A0DF1']);
  });

  test('the audit log', () => {
    expect(idsOf('AWS::Logs::LogGroup')).toEqual([
      'AccessObjectLogs89707CCD',
      'AuthorizeAccessLogs46562A48',
      'DefaultBucketEmptyingLogs8332AAF1',
      'DefaultBucketSampleObjectLogs950D8006',
      'DescribeLinkLogsE000067F',
      'GenerateUrlLogs57D34F4B',
      'LinkApiAccessLog62D1B563',
      'LogReceivedLogs85CAD939',
      'ManageLinkLogs61961BE3',
      'OpenLinkLogsBACBEB93',
      'RecordReceiptsLogsCDDA1654',
      'RemoveUploadsLogs2670B1FA',
      'UploadObjectLogs1C1A8C19',
    ]);
  });
});
