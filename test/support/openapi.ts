import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { PROBLEM_CODE_HEADER, SECRET_RESPONSE_HEADERS } from '../../lambda/contract';
import type { HttpResponse } from './http';

const PROBLEM = 'application/problem+json';

export const OPENAPI_FILE = join(__dirname, '..', '..', 'openapi.yaml');

/** The parts of openapi.yaml that tests read, without `$ref`. */
export interface OpenApi {
  readonly info: { readonly version: string };
  readonly servers: readonly { readonly variables: Readonly<Record<string, { readonly default: string }>> }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly examples: Readonly<Record<string, Example>>;
  };
}

/** One method of a path. */
export interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly content?: Content;
}

type Content = Readonly<Record<string, MediaType>>;

/** A body of one media type. */
export interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, Example>>;
}

interface Example {
  readonly value: Readonly<Record<string, unknown>>;
}

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** openapi.yaml, with each `$ref` replaced by its target. */
export const OPENAPI = withoutReferences(parse(readFileSync(OPENAPI_FILE, 'utf8')));

function withoutReferences(document: unknown): OpenApi {
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map(resolve);
    }
    if ('$ref' in value) {
      const names = String(value.$ref).replace('#/', '').split('/');
      const target = names.reduce<unknown>((parent, name) => (parent as Record<string, unknown>)[name], document);
      if (target === undefined) {
        throw new Error(`openapi.yaml has no ${value.$ref}`);
      }
      return resolve(target);
    }
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, resolve(child)]));
  };
  return resolve(document) as OpenApi;
}

/** The operations of openapi.yaml, with names such as `GET /open-link`. */
export const OPERATIONS: readonly (readonly [name: string, Operation])[] = Object.entries(OPENAPI.paths).flatMap(
  ([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
);

const ajv = new Ajv({ allowUnionTypes: true });
addFormats(ajv);

/** Why a value does not match a schema; `undefined` if it does. */
export function mismatch(schema: object, value: unknown): string | undefined {
  return ajv.validate(schema, value) ? undefined : ajv.errorsText();
}

/**
 * Why openapi.yaml does not allow a response of the API; `undefined` if it does. Ignores paths that it does not document, and
 * `MissingAuthenticationToken`, with which API Gateway responds where there is no route.
 */
export function contradiction(method: string, url: string, response: HttpResponse): string | undefined {
  const path = new URL(url).pathname;
  const route = Object.keys(OPENAPI.paths).find((template) => pathPattern(template).test(path));
  if (route === undefined || codeOf(response) === 'MissingAuthenticationToken') {
    return undefined;
  }
  const name = `${method} ${route}`;
  const documented = OPERATIONS.find(([operation]) => operation === name)?.[1].responses[response.status];
  const problem = documented === undefined ? 'not documented' : difference(documented, method, response);
  return problem && `${name} responded with ${response.status}: ${problem}`;
}

/** Matches a path with or without a stage or base path before it. */
function pathPattern(template: string): RegExp {
  return new RegExp(`^(?:/[^/]+)?${template.replace(/\{\w+\}/, '[^/]+')}$`);
}

/** How a response differs from the documented one with its status. */
function difference(documented: DocumentedResponse, method: string, response: HttpResponse): string | undefined {
  const missing = Object.entries(SECRET_RESPONSE_HEADERS).find(
    ([name, value]) => response.headers[name.toLowerCase()] !== value,
  );
  if (missing !== undefined) {
    return `the header ${missing[0]} must be ${missing[1]}`;
  }
  for (const [name, { schema }] of Object.entries(documented.headers ?? {})) {
    const problem = mismatch(schema, response.headers[name.toLowerCase()]);
    if (problem !== undefined) {
      return `the header ${name}: ${problem}`;
    }
  }
  const code = codeOf(response);
  const codes = Object.values(documented.content?.[PROBLEM]?.examples ?? {}).map(({ value }) => value['code']);
  if (code === undefined ? codes.length > 0 && response.status >= 400 : !codes.includes(code)) {
    return `the code ${code} is not documented`;
  }
  if (documented.content === undefined || method === 'HEAD') {
    return response.body === '' ? undefined : 'it has a body';
  }
  const media = documented.content[mediaTypeOf(response)];
  return media === undefined
    ? `the media type ${mediaTypeOf(response)} is not documented`
    : mismatch(media.schema, contentOf(response));
}

/**
 * Names of the responses that an operation documents: the status, with the name of the example for a problem, and with the
 * media type for other bodies.
 */
export function responseNames(operation: string): readonly string[] {
  const documented = OPERATIONS.find(([name]) => name === operation)?.[1].responses ?? {};
  return Object.entries(documented).flatMap(([status, { content }]) => {
    if (content === undefined || operation.startsWith('HEAD ')) {
      return [status];
    }
    return Object.entries(content).flatMap(([mediaType, { examples }]) =>
      mediaType === PROBLEM
        ? Object.keys(examples ?? {}).map((example) => `${status} ${example}`)
        : isSameProblem(content, mediaType)
          ? []
          : [`${status} ${mediaType}`],
    );
  });
}

/** The name of a response, as {@link responseNames} has it. A problem must be equal to its example. */
export function responseName(operation: string, response: HttpResponse): string {
  const documented = OPERATIONS.find(([name]) => name === operation)?.[1].responses[response.status];
  if (documented?.content === undefined || operation.startsWith('HEAD ')) {
    return `${response.status}`;
  }
  const mediaType = mediaTypeOf(response);
  if (mediaType !== PROBLEM && !isSameProblem(documented.content, mediaType)) {
    return `${response.status} ${mediaTypeOf(response)}`;
  }
  const { message: _, ...problem } = JSON.parse(response.body);
  const examples = Object.entries(documented.content[PROBLEM]?.examples ?? {});
  const example = examples.find(([, { value }]) => JSON.stringify(value) === JSON.stringify(problem));
  return `${response.status} ${example?.[0] ?? response.body}`;
}

/** Whether a media type is documented without examples, because it has those of the problem. */
function isSameProblem(content: DocumentedResponse['content'], mediaType: string): boolean {
  return mediaType === 'application/json' && content?.[PROBLEM] !== undefined;
}

function mediaTypeOf({ headers }: HttpResponse): string {
  return String(headers['content-type']).split(';')[0] ?? '';
}

function contentOf(response: HttpResponse): unknown {
  return mediaTypeOf(response).endsWith('json') ? JSON.parse(response.body) : response.body;
}

function codeOf(response: HttpResponse): unknown {
  const header = response.headers[PROBLEM_CODE_HEADER.toLowerCase()];
  return (
    header ?? (mediaTypeOf(response) === PROBLEM && response.body !== '' ? JSON.parse(response.body).code : undefined)
  );
}
