/** A rule of a Choice state, as far as the example uses it. */
interface ChoiceRule {
  readonly Variable?: string;
  readonly StringEquals?: string;
  readonly Or?: readonly ChoiceRule[];
  readonly Next?: string;
}

/** A state of a state machine: https://states-language.net. */
interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Resource?: string;
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
}

/** What the states of a workflow do. */
export interface Effects {
  /** Runs a Task state. @param resource its function: the logical ID */
  readonly invoke: (resource: string, input: unknown) => Promise<unknown>;
  /** Called at a Wait state, which is skipped. @param count how often there was one, including this */
  readonly wait: (count: number) => Promise<void>;
}

/** Runs the state machine in a template. @returns the name of its last state, and the output */
export async function runStateMachine(
  definition: unknown,
  input: unknown,
  { invoke, wait }: Effects,
): Promise<{ readonly end: string; readonly output: unknown }> {
  const { StartAt, States } = parseDefinition(definition);
  let name = StartAt;
  let data = input;
  for (let waits = 0; ; ) {
    const { Type, Resource = '', Next = '', Choices = [], Default = '' } = States[name] ?? { Type: `of ${name}` };
    switch (Type) {
      case 'Task':
        data = await invoke(Resource, data);
        name = Next;
        break;
      case 'Wait':
        waits++;
        await wait(waits);
        name = Next;
        break;
      case 'Choice':
        name = Choices.find((rule) => matches(rule, data))?.Next ?? Default;
        break;
      case 'Succeed':
      case 'Fail':
        return { end: name, output: data };
      default:
        throw new Error(`unsupported state ${Type}`);
    }
  }
}

/** Parses a `DefinitionString`, in which `Fn::GetAtt` is replaced with the logical ID. */
function parseDefinition(value: unknown): {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
} {
  const { 'Fn::Join': join } = value as {
    readonly 'Fn::Join': readonly [string, readonly (string | { readonly 'Fn::GetAtt': readonly string[] })[]];
  };
  return JSON.parse(join[1].map((part) => (typeof part === 'string' ? part : part['Fn::GetAtt'][0])).join(''));
}

function matches({ Variable = '', StringEquals, Or }: ChoiceRule, data: unknown): boolean {
  const fields = data as Readonly<Record<string, unknown>>;
  return Or?.some((rule) => matches(rule, data)) ?? fields[Variable.replace('$.', '')] === StringEquals;
}
