import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACK_NAME } from '../../../lambda/contract';
import { TEST_ASSEMBLY_DIRECTORY } from '../../support/assembly';

/** A resource, with its references written out as `<Target>` and `<Target.Attribute>`. */
export interface ReadableResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources by logical ID, without the hash that the CDK appends. */
export type ReadableResources = Readonly<Record<string, ReadableResource>>;

interface RawResource extends Omit<ReadableResource, 'DependsOn'> {
  readonly DependsOn?: string | readonly string[];
}

/** One of an alarm's metrics, if the alarm watches an expression. */
export interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Readonly<Record<string, unknown>>; readonly Stat: string };
}

/** A template as the CDK writes it. */
export interface RawTemplate {
  readonly Resources: Readonly<Record<string, RawResource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string }>>;
  readonly Rules?: Readonly<Record<string, unknown>>;
}

/** The default template of the app, which is synthesized once for all suites. */
export function defaultTemplate(): RawTemplate {
  return JSON.parse(readFileSync(join(TEST_ASSEMBLY_DIRECTORY, `${STACK_NAME}.template.json`), 'utf8'));
}

/** All resources of a template. */
export function resourcesOf(template: RawTemplate): ReadableResources {
  const resources = Object.entries(template.Resources).map(([id, resource]): [string, ReadableResource] => [
    withoutHash(id),
    {
      ...resource,
      Properties: readable(resource.Properties ?? {}) as Record<string, unknown>,
      DependsOn: [resource.DependsOn ?? []].flat().map(withoutHash),
    },
  ]);
  const byId = Object.fromEntries(resources);
  if (Object.keys(byId).length < resources.length) {
    throw new Error('two logical IDs differ only in their hash');
  }
  return byId;
}

/** The properties of every resource of one type, by logical ID. */
export function propertiesOf(resources: ReadableResources, type: string): Record<string, Record<string, unknown>> {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type);
  return Object.fromEntries(found.map(([id, { Properties }]) => [id, Properties]));
}

/** The logical IDs of the resources that pass, sorted. */
export function idsWhere(resources: ReadableResources, passes: (resource: ReadableResource) => boolean): string[] {
  return Object.entries(resources)
    .filter(([, resource]) => passes(resource))
    .map(([id]) => id)
    .sort();
}

/** A function's environment; empty if it has none. */
export function variablesOf(resources: ReadableResources, functionId: string): Readonly<Record<string, string>> {
  const { Environment } = (resources[functionId]?.Properties ?? {}) as {
    Environment?: { Variables: Record<string, string> };
  };
  return Environment?.Variables ?? {};
}

/** Writes out references, so that a test can give a value that CloudFormation joins as one string. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref') {
    return `<${withoutHash(String(argument))}>`;
  }
  if (others.length === 0 && name === 'Fn::GetAtt' && Array.isArray(argument)) {
    return `<${withoutHash(String(argument[0]))}.${argument[1]}>`;
  }
  if (others.length === 0 && name === 'Fn::Join' && Array.isArray(argument)) {
    const parts = readable(argument[1]) as readonly string[];
    return parts.every((part) => typeof part === 'string')
      ? parts.join(String(argument[0]))
      : { [name]: [argument[0], parts] };
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/([0-9A-F]{8}|[0-9a-f]{32})$/, '').replace(/[0-9A-F]{8}$/, '');
}
