/**
 * What a channel takes and sends, as plain types: what `TypesOf<typeof SomeContract>` on the server is. Only types cross, so
 * a page imports it with `import type` and gets no server code.
 */
export interface ChannelTypes {
  join: { sent: unknown; reply: unknown; error: unknown };
  in: { [event: string]: { sent: unknown; reply: unknown; error: unknown } };
  out: { [event: string]: unknown };
}

/** `'room:42'` finds the entry `'room:*'`. */
export type At<Map, Topic extends string> = Extract<
  { [P in keyof Map & string]: Topic extends Topics<P> ? Map[P] : never }[keyof Map & string],
  ChannelTypes
>;

/** The topics that a pattern admits: `'room:*'` is `` `room:${string}` ``. */
export type Topics<Pattern extends string> = Pattern extends `${infer Prefix}*` ? `${Prefix}${string}` : Pattern;
