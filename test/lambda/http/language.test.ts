import { preferredLanguage } from '../../../lambda/http/language';
import { headerValues } from '../../../lambda/http/request';

test.each([
  ['de', 'de'],
  ['de-CH,de;q=0.9,en;q=0.8', 'de'],
  ['PT-br', 'pt'],
  ['en;q=0.5, ja;q=0.7', 'ja'],
  ['zh-CN,zh;q=0.9', 'en'],
  ['zh-CN,zh;q=0.9,ja;q=0.1', 'ja'],
  ['*', 'en'],
  ['en;q=0', 'en'],
  ['', 'en'],
  ['%%%;q=x,,', 'en'],
  [undefined, 'en'],
] as const)('Accept-Language %j selects %s', (header, language) => {
  const headers = headerValues({ headers: header === undefined ? {} : { 'accept-language': header } });

  expect(preferredLanguage(headers, ['en', 'de', 'pt', 'ja'])).toBe(language);
});
