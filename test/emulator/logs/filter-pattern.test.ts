import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { parseFilterPattern } from '../../../emulator/logs/filter-pattern';

const REDEEMED = '{"event":"link_access","outcome":"redeemed","link":{"id":"abc"},"count":1}';

test.each<[pattern: string, line: string, matches: boolean]>([
  ['{ $.event = "link_access" }', REDEEMED, true],
  ['{ $.event = "link_issued" }', REDEEMED, false],
  ['{$.event="link_access"}', REDEEMED, true],
  ['{ $.event = "link_*" }', REDEEMED, true],
  ['{ $.event = "*_access" }', REDEEMED, true],
  ['{ $.event = "*k_a*" }', REDEEMED, true],
  ['{ $.event = "*" }', REDEEMED, true],
  ['{ $.event = "access*" }', REDEEMED, false],
  ['{ $.event = "LINK_ACCESS" }', REDEEMED, false],
  ['{ $.link.id = "abc" }', REDEEMED, true],
  ['{ $.link.id.x = "abc" }', REDEEMED, false],
  ['{ $.missing = "*" }', REDEEMED, false],
  ['{ $.count = "1" }', REDEEMED, false],
  ['{ ($.event = "link_access") && ($.outcome = "redeemed") }', REDEEMED, true],
  ['{ ($.event = "link_access") && ($.outcome = "expired") }', REDEEMED, false],
  ['{ ($.outcome = "expired") || ($.outcome = "redeemed") }', REDEEMED, true],
  // && binds more tightly than ||.
  ['{ $.event = "link_access" || $.event = "x" && $.outcome = "x" }', REDEEMED, true],
  ['{ ($.event = "link_access" || $.event = "x") && $.outcome = "x" }', REDEEMED, false],
  ['{ $.event = "link_access" }', 'event link_access', false],
  ['{ $.event = "link_access" }', '"link_access"', false],
  ['{ $.event = "link_access" }', '["link_access"]', false],
  ['{ $.event = "link_access" }', '', false],
])('the filter pattern %s and the line %s: %s', (pattern, line, matches) => {
  expect(parseFilterPattern(pattern, 'path')(line)).toBe(matches);
});

test('the patterns that the CDK generates are supported', () => {
  const { all, any, stringValue } = FilterPattern;
  const pattern = all(
    stringValue('$.event', '=', 'link_access'),
    any(stringValue('$.outcome', '=', 'redeemed'), stringValue('$.outcome', '=', 'expired')),
  ).logPatternString;

  expect(parseFilterPattern(pattern, 'path')(REDEEMED)).toBe(true);
  expect(parseFilterPattern(pattern, 'path')(REDEEMED.replace('redeemed', 'not_active'))).toBe(false);
});

test.each([
  '',
  'ERROR',
  '[ip, user]',
  '{ $.event != "link_access" }',
  '{ $.count = 1 }',
  '{ $.count > 1 }',
  '{ $.event = link_access }',
  '{ $.event = %link% }',
  '{ $.event = "link*access" }',
  '{ $.event = "link\\"access" }',
  '{ $.event IS NULL }',
  '{ $.event EXISTS }',
  '{ $.events[0] = "a" }',
  '{ $.event = "a" } ERROR',
  '{ ($.event = "a" }',
  '{ $.event = "a" && }',
  '{ $.event }',
  '{ "a" = $.event }',
  '{ }',
])('the filter pattern %j is not supported', (pattern) => {
  expect(() => parseFilterPattern(pattern, 'Resources.Filter')).toThrow(
    `Resources.Filter: the local emulator does not support the filter pattern ${JSON.stringify(pattern)}`,
  );
});
