import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArguments } from '../bin/emulator';
import { readApi } from '../emulator/api-gateway/api-model';
import { Template } from '../emulator/template/template';
import { MAX_FILE_NAME_BYTES } from '../lambda/contract';
import { PROBLEMS } from '../lambda/http/problem';
import { parseLinkRequest } from '../lambda/link/link-request';
import { MAX_LINK_LIFETIME_SECONDS } from '../lib/limits';
import { version } from '../package.json';
import { testAssembly } from './support/assembly';
import { type MediaType, mismatch, OPENAPI, OPENAPI_FILE, OPERATIONS } from './support/openapi';

const PROJECT = join(__dirname, '..');
const VALIDATOR = join(PROJECT, 'node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
const HTTP_API = readFileSync(join(PROJECT, 'docs', 'http-api.md'), 'utf8');

/** The longest lifetime that a deployment can allow. */
const TERMS = { maxLifetimeSeconds: MAX_LINK_LIFETIME_SECONDS.max, signsOnOpen: true };

const { LinkRequest, ProblemCode } = OPENAPI.components.schemas;
const FIELDS = Object.keys(LinkRequest?.properties ?? {});

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
  test('has the fields that the function knows', () => {
    const parsed = parseLinkRequest('{"unknown": 1}', TERMS);

    expect(parsed).toMatchObject({ error: { detail: expect.stringContaining(`Known fields: ${FIELDS.join(', ')}.`) } });
  });

  test('may have the longest lifetime that a deployment can allow', () => {
    expect(LinkRequest?.properties?.['expires_in']?.maximum).toBe(MAX_LINK_LIFETIME_SECONDS.max);
  });

  test('may have a download_as of the length that the function accepts', () => {
    expect(LinkRequest?.properties?.['download_as']?.description).toContain(`at most ${MAX_FILE_NAME_BYTES} bytes`);
  });

  test('is accepted as in the examples', () => {
    const examples = Object.values(OPENAPI.paths['/generate-url']?.['post']?.requestBody?.content ?? {}).flatMap(
      ({ examples }) => Object.values(examples ?? {}),
    );

    expect(examples).toHaveLength(2);
    for (const { value } of examples) {
      expect(parseLinkRequest(JSON.stringify(value), TERMS)).toMatchObject({ ok: true });
    }
  });
});

describe('docs/http-api.md', () => {
  test('has the fields of a request for a link', () => {
    const rows = [...HTTP_API.matchAll(/^\| `(\w+)` \| (?:required|optional) \|/gm)];

    expect(rows.map(([, field]) => field)).toEqual(FIELDS);
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
