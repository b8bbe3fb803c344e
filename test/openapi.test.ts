import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from '../bin/emulator';
import { readApi } from '../emulator/api-gateway/api-model';
import { Template } from '../emulator/template/template';
import {
  DECLARATION,
  MAX_CONTENT_TYPES,
  MAX_FILE_NAME_BYTES,
  MAX_FROM_CHARACTERS,
  MAX_LABEL_CHARACTERS,
  MAX_UPLOAD_BYTES,
  NONCE_PARAMETER,
} from '../lambda/contract';
import { PROBLEMS } from '../lambda/http/problem';
import { parseLinkRequest } from '../lambda/link/link-request';
import { MAX_LINK_LIFETIME_SECONDS } from '../lib/limits';
import { version } from '../package.json';
import { testAssembly } from './support/assembly';
import { type MediaType, mismatch, OPENAPI, OPENAPI_FILE, OPERATIONS } from './support/openapi';

const PROJECT = join(__dirname, '..');
const VALIDATOR = join(PROJECT, 'node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
const HTTP_API = readFileSync(join(PROJECT, 'docs', 'http-api.md'), 'utf8');

/** The longest lifetime and the largest file that a deployment can allow. */
const TERMS = {
  maxLifetimeSeconds: MAX_LINK_LIFETIME_SECONDS.max,
  signsOnOpen: true,
  maxUploadBytes: MAX_UPLOAD_BYTES,
};

const { LinkRequest, UploadLinkRequest, ProblemCode } = OPENAPI.components.schemas;
const FIELDS = Object.keys(LinkRequest?.properties ?? {});
const UPLOAD_FIELDS = Object.keys(UploadLinkRequest?.properties ?? {});

/** Status and code of every example of a problem. */
const CODES = [
  ...new Set(Object.values(OPENAPI.components.examples).map(({ value }) => `${value['status']} ${value['code']}`)),
];

async function deployedApi() {
  const { template, stackName } = await testAssembly();
  return readApi(new Template(template, stackName));
}

test('openapi.yaml is valid', () => {
  const { stdout } = spawnSync(process.execPath, [VALIDATOR, OPENAPI_FILE], { encoding: 'utf8' });

  expect(JSON.parse(stdout)).toEqual({ valid: true });
});

test('its version is the package’s version', () => {
  expect(OPENAPI.info.version).toBe(version);
});

test('its local server has the emulator’s default port', () => {
  expect(OPENAPI.servers.map(({ variables }) => variables['port']?.default)).toContain(String(parseArguments([]).port));
});

test('it has the methods of the API, and requires signatures where the API does', async () => {
  const { methods } = await deployedApi();

  expect(OPERATIONS.map(([name, { security }]) => `${name} ${security ? 'AWS_IAM' : 'open'}`).sort()).toEqual(
    methods
      .map(({ httpMethod, resourcePath, authorization: { type } }) => {
        return `${httpMethod} ${resourcePath} ${type === 'AWS_IAM' ? type : 'open'}`;
      })
      .sort(),
  );
});

test('it has every code of the functions and of API Gateway, with its status, and no other', async () => {
  const { gatewayResponses } = await deployedApi();
  const ofFunctions = Object.entries(PROBLEMS).map(([code, { status }]) => `${status} ${code}`);
  const ofGateway = [...gatewayResponses.values()].map(({ status, headers }) => `${status} ${headers['Problem-Code']}`);

  expect(ofGateway).toContain('403 ExpiredToken');
  expect([...CODES].sort()).toEqual([...new Set([...ofFunctions, ...ofGateway])].sort());
  expect(ProblemCode?.enum).toEqual([...new Set(CODES.map((code) => code.split(' ')[1]))]);
});

test.each(OPERATIONS)('the examples of %s match their schemas', (_name, { requestBody, responses }) => {
  const contents = [requestBody, ...Object.values(responses)].flatMap((body) => Object.values(body?.content ?? {}));

  expect(contents.flatMap(mismatches)).toEqual([]);
});

function mismatches({ schema, example, examples = {} }: MediaType): readonly string[] {
  const values = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
  return values.flatMap((value) => mismatch(schema, value) ?? []);
}

describe('a request for a link', () => {
  test.each([
    ['a link', '{"unknown": 1}', FIELDS],
    ['an upload link', '{"operation": "upload", "unknown": 1}', UPLOAD_FIELDS],
  ])('for %s has the fields that the function knows', (_, body, fields) => {
    const parsed = parseLinkRequest(body, TERMS);

    expect(parsed).toMatchObject({ error: { detail: expect.stringContaining(`Known fields: ${fields.join(', ')}.`) } });
  });

  test('may have the longest lifetime that a deployment can allow', () => {
    expect(LinkRequest?.properties?.['expires_in']?.maximum).toBe(MAX_LINK_LIFETIME_SECONDS.max);
  });

  test('for an upload link has the limits of the function', () => {
    const { max_bytes, content_types, label, from } = UploadLinkRequest?.properties ?? {};

    expect([max_bytes?.maximum, content_types?.maxItems, label?.maxLength, from?.maxLength]).toEqual([
      MAX_UPLOAD_BYTES,
      MAX_CONTENT_TYPES,
      MAX_LABEL_CHARACTERS,
      MAX_FROM_CHARACTERS,
    ]);
  });

  test.each([
    ['the object and the start of its key', { object_name: 'inbox/a', prefix: 'inbox/' }],
    ['presign', { presign: 'now' }],
    ['a type with parameters', { content_types: ['text/plain; charset=utf-8'] }],
    ['a type in upper case', { content_types: ['Image/*'] }],
    ['0 bytes', { max_bytes: 0 }],
  ])('for an upload link is refused by the schema and by the function with %s', (_, fields) => {
    const request = { operation: 'upload', bucket_name: 'b', max_bytes: 1, ...fields };

    expect(mismatch(UploadLinkRequest ?? {}, request)).toBeDefined();
    expect(parseLinkRequest(JSON.stringify(request), TERMS)).toMatchObject({ ok: false });
  });

  test('may have a download_as of the length that the function accepts', () => {
    expect(LinkRequest?.properties?.['download_as']?.description).toContain(`at most ${MAX_FILE_NAME_BYTES} bytes`);
  });

  test('is accepted as in the examples', () => {
    const examples = Object.values(OPENAPI.paths['/generate-url']?.['post']?.requestBody?.content ?? {}).flatMap(
      ({ examples }) => Object.values(examples ?? {}),
    );

    expect(examples).toHaveLength(5);
    for (const { value } of examples) {
      expect(parseLinkRequest(JSON.stringify(value), TERMS)).toMatchObject({ ok: true });
    }
  });
});

test('the declaration of a file has the parameters that the function knows', () => {
  const parameters = OPENAPI.paths['/upload-object']?.['post']?.parameters ?? [];

  expect(parameters.map(({ name }) => name)).toEqual([NONCE_PARAMETER, ...Object.values(DECLARATION)]);
});

/** The fields in tables whose rows say whether they are required. */
function documentedFields(text: string): readonly string[] {
  const rows = text.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (?:required|optional) \|/gm);
  return [...rows].flatMap(([, fields = '']) => fields.replaceAll('`', '').split(', '));
}

test('docs/uploads.md has the fields of a request for an upload link, and then the parameters of a declaration', () => {
  const uploads = readFileSync(join(PROJECT, 'docs', 'uploads.md'), 'utf8');
  const [issue = '', declare = ''] = uploads.split(/^## Send a file without the page$/m);

  expect([...documentedFields(issue)].sort()).toEqual([...UPLOAD_FIELDS].sort());
  expect(documentedFields(declare)).toEqual(Object.values(DECLARATION));
});

describe('docs/http-api.md', () => {
  test('has the fields of a request for a link', () => {
    expect(documentedFields(HTTP_API)).toEqual(FIELDS);
  });

  test('has the longest download_as that the function accepts', () => {
    const [row] = /^\| `download_as` \|.*$/m.exec(HTTP_API) ?? [];

    expect(row).toContain(`at most ${MAX_FILE_NAME_BYTES} bytes`);
  });

  test('has every code, with its status', () => {
    const rows = [...HTTP_API.matchAll(/^\| (\d{3}|4xx) \| (`\w+`(?:, `\w+`)*) \|/gm)];
    const codes = rows.flatMap(([, status, names = '']) => names.split(', ').map((name) => `${status} ${name}`));

    const expected = CODES.map((code) => code.replace('undefined', '4xx').replace(/ (\w+)$/, ' `$1`'));
    expect(codes.sort()).toEqual(expected.sort());
  });
});
