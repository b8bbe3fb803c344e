import { isIntrinsic, isRecord, UnsupportedTemplateError } from './fields';

/** Values that `Ref` and `Fn::GetAtt` return for a resource. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Targets of references. */
export interface References {
  /** Values of parameters and pseudo parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly resources: ReadonlyMap<string, ResourceIdentity>;
  /** Outputs of all stacks. @throws UnsupportedTemplateError if there is none, or its value is not supported */
  readonly outputs: {
    exported(name: string, path: string): string;
    ofStack(stackName: string, outputName: string, path: string): string;
  };
}

/**
 * Resolves the intrinsic functions in a value, recursively.
 *
 * @throws UnsupportedTemplateError for an unsupported function, resource or attribute
 */
export function resolve(value: unknown, references: References, path: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => resolve(item, references, `${path}[${index}]`));
  }
  if (!isRecord(value)) {
    return value;
  }
  const [first] = Object.entries(value);
  if (first !== undefined && isIntrinsic(value)) {
    const [name, argument] = first;
    return intrinsic(name, resolve(argument, references, `${path}.${name}`), references, path);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, resolve(field, references, `${path}.${name}`)]),
  );
}

function intrinsic(name: string, argument: unknown, references: References, path: string): unknown {
  switch (name) {
    case 'Ref':
      return reference(argument, references, path);
    case 'Fn::GetAtt':
      return attribute(argument, references, path);
    case 'Fn::Join': {
      const [separator, parts] = pair(argument, path);
      return list(parts, path)
        .map((part) => text(part, path))
        .join(text(separator, path));
    }
    case 'Fn::Split': {
      const [separator, whole] = pair(argument, path);
      return text(whole, path).split(text(separator, path));
    }
    case 'Fn::Select': {
      const [index, items] = pair(argument, path);
      return list(items, path)[Number(index)];
    }
    case 'Fn::Sub':
      return text(argument, path).replace(/\$\{([^}]+)\}/g, (_, variable: string) =>
        reference(variable, references, path),
      );
    case 'Fn::ImportValue':
      return references.outputs.exported(text(argument, path), path);
    case 'Fn::GetStackOutput': {
      const { StackName, OutputName } = isRecord(argument) ? argument : {};
      return references.outputs.ofStack(text(StackName, path), text(OutputName, path), path);
    }
    default:
      throw new UnsupportedTemplateError(path, `the local emulator does not support the function ${name}`);
  }
}

function reference(name: unknown, { parameters, resources }: References, path: string): string {
  const logicalId = text(name, path);
  const value = parameters[logicalId] ?? resources.get(logicalId)?.ref;
  if (value === undefined) {
    throw new UnsupportedTemplateError(
      path,
      `the template has no resource ${logicalId}, nor a parameter with a default`,
    );
  }
  return value;
}

function attribute(argument: unknown, { resources }: References, path: string): string {
  const [logicalId, name] = pair(argument, path).map((part) => text(part, path));
  const value = resources.get(logicalId ?? '')?.attributes[name ?? ''];
  if (value === undefined) {
    throw new UnsupportedTemplateError(
      path,
      `the local emulator does not support the attribute ${name} of ${logicalId}`,
    );
  }
  return value;
}

function pair(argument: unknown, path: string): readonly [unknown, unknown] {
  const items = list(argument, path);
  if (items.length !== 2) {
    throw new UnsupportedTemplateError(path, 'must have two items');
  }
  return [items[0], items[1]];
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new UnsupportedTemplateError(path, 'must be a list');
  }
  return value;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') {
    throw new UnsupportedTemplateError(path, 'must be a string');
  }
  return value;
}
