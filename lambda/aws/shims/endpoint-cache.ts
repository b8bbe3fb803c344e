/**
 * Stands in for `@aws-sdk/endpoint-cache`, which keeps what endpoint discovery finds, and makes room for a thousand of it
 * while a function loads. DynamoDB is found by its region.
 */
export class EndpointCache {}
