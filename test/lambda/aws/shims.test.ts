import { defaultProvider } from '../../../lambda/aws/shims/credential-provider-node';
import * as eventStreams from '../../../lambda/aws/shims/event-streams';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

test('the shim for the credential chain reads credentials only from the environment', async () => {
  process.env = { AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  const credentials = { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' };
  expect(await defaultProvider({})()).toMatchObject(credentials);

  process.env = { AWS_PROFILE: 'default' };
  await expect(defaultProvider({})()).rejects.toThrow('environment variable credentials');
});

test('the shim for event streams does not change client configurations, and throws if a stream is parsed', () => {
  const configuration = {};

  expect(eventStreams.resolveEventStreamSerdeConfig(configuration)).toBe(configuration);
  expect(() => eventStreams.eventStreamSerdeProvider()).toThrow('not in the bundle');
  expect(() => new eventStreams.EventStreamSerde()).toThrow('not in the bundle');
});
