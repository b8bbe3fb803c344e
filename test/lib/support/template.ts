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

/** Resources by logical id, without the hash that the CDK puts behind it. */
export type ReadableResources = Readonly<Record<string, ReadableResource>>;

interface RawResource extends Omit<ReadableResource, 'DependsOn'> {
  readonly DependsOn?: string | readonly string[];
}

/** One of the metrics that an alarm on an expression has. */
export interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Readonly<Record<string, unknown>>; readonly Stat: string };
}

/** A template as the CDK writes it. */
export interface RawTemplate {
  readonly Resources: Readonly<Record<string, RawResource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly Rules?: Readonly<Record<string, unknown>>;
}

/** The template that the suites' assembly holds: what `cdk deploy` with default options would send. */
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
    throw new Error('two logical ids differ in their hash only');
  }
  return byId;
}

/** The properties of every resource of one type, by logical id. */
export function propertiesOf(resources: ReadableResources, type: string): Record<string, Record<string, unknown>> {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type);
  return Object.fromEntries(found.map(([id, { Properties }]) => [id, Properties]));
}

/** The logical ids of which the resource passes. */
export function idsWhere(resources: ReadableResources, passes: (resource: ReadableResource) => boolean): string[] {
  return Object.entries(resources)
    .filter(([, resource]) => passes(resource))
    .map(([id]) => id)
    .sort();
}

/** Writes references out, so that a test can say in one string what CloudFormation puts together from parts. */
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
