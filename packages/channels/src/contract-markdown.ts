import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { Contract, Exchange } from './contract.js';

/** How a contract's page is written. */
export interface MarkdownOptions {
  /** Heading, and what clients join: `room:*`. */
  readonly topic: string;
  /**
   * Makes JSON Schema of a schema whose library does not do so itself (valibot: `toJsonSchema` of `@valibot/to-json-schema`).
   * Default: what the schema offers.
   */
  readonly jsonSchema?: (schema: never) => object;
}

type Side = 'input' | 'output';

const TARGET = 'draft-2020-12';

/**
 * A contract as Markdown, for people who write clients in other languages: each event with the JSON Schema of what it carries.
 * The same contract gives the same text. Nothing runs: schemas are described, not asked.
 */
export function contractMarkdown(contract: Contract, options: MarkdownOptions): string {
  const { join = {}, in: incoming, out, presence } = contract.declaration;
  const part = (title: string, schema: StandardSchemaV1 | undefined, side: Side): string[] =>
    schema === undefined ? [] : [`${title}:`, '', ...fenced(jsonSchema(schema, side, options)), ''];
  const lines = [`# \`${options.topic}\``, '', '## Join', ''];
  const joined = [
    ...part('Parameters', join.params, 'input'),
    ...part('Reply', join.reply, 'output'),
    ...part('Error', join.error, 'output'),
  ];
  lines.push(...(joined.length === 0 ? ['Takes any parameters.', ''] : joined));
  lines.push('## Events to the server', '');
  for (const [event, entry] of Object.entries(incoming)) {
    const { payload, reply, error } = exchange(entry);
    lines.push(`### \`${event}\``, '', ...part('Payload', payload, 'input'));
    lines.push(...part('Reply', reply, 'output'), ...part('Error', error, 'output'));
    if (reply === undefined) lines.push('Not answered, unless the payload does not fit.', '');
  }
  lines.push('## Events from the server', '');
  for (const [event, schema] of Object.entries(out)) lines.push(`### \`${event}\``, '', ...part('Payload', schema, 'output'));
  if (presence !== undefined) {
    lines.push('## Presence', '', '`presence_state` and `presence_diff`, as the stock client takes them.', '');
    lines.push(...part('Each entry of `metas`, beside `phx_ref`', presence, 'output'));
  }
  lines.push('## Refusals', '', 'A payload that does not fit is answered with the status `error`:', '');
  lines.push(...fenced({ reason: 'invalid payload', issues: [{ path: 'where.it.is', message: 'what was expected' }] }));
  return `${lines.join('\n')}\n`;
}

function exchange(entry: StandardSchemaV1 | Exchange): Exchange {
  return '~standard' in entry ? { payload: entry } : entry;
}

function fenced(value: object): string[] {
  return ['```json', JSON.stringify(value, null, 2), '```'];
}

function jsonSchema(schema: StandardSchemaV1, side: Side, options: MarkdownOptions): object {
  const standard = schema['~standard'] as StandardSchemaV1.Props & Partial<Pick<StandardJSONSchemaV1.Props, 'jsonSchema'>>;
  let described: object | undefined;
  try {
    described = options.jsonSchema?.(schema as never) ?? standard.jsonSchema?.[side]({ target: TARGET });
  } catch {
    // What a transformation makes, for instance, has no JSON Schema.
  }
  if (described === undefined) return { description: `known to ${standard.vendor} only` };
  const { $schema: _, ...rest } = described as { $schema?: unknown };
  return rest;
}
