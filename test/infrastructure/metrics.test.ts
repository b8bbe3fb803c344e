import { defaultTemplate, propertiesOf, resourcesOf } from './template';

const resources = resourcesOf(defaultTemplate());

test('links that are gone because a reply was lost are counted under a name of their own', () => {
  expect(propertiesOf(resources, 'AWS::Logs::MetricFilter')).toEqual({
    LinkStoreLostReplies: {
      // That the functions write such lines is shown where replies are lost: test/proof/faults.test.ts.
      FilterPattern: '{ $.outcome = "lost_reply" }',
      LogGroupName: '<AuthorizeAccessLogs>',
      MetricTransformations: [
        { MetricNamespace: 'OneTimeLinks', MetricName: 'LostReplies', MetricValue: '1', DefaultValue: 0 },
      ],
    },
  });
});
