/**
 * Prefixes of error types.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export const CORAL = 'com.amazon.coral.service#';
export const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';
export const VALIDATION = 'com.amazon.coral.validate#ValidationException';
