/** What can be set from outside. */
export interface Settings {
  readonly port: number;
  readonly schedulers: number;
  /** What the reporter's requests carry. */
  readonly publishKey: string;
}

/** A variable that says something impossible. The message is for whoever started the program, and shows no secret. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
  readonly code = 'bad_setting';
}

export function settings(environment: { readonly [variable: string]: string | undefined }): Settings {
  const { PORT = '4000', SCHEDULERS = '1', PUBLISH_KEY = '' } = environment;
  if (!/^[\x21-\x7e]{20,512}$/.test(PUBLISH_KEY)) throw new BadSetting('PUBLISH_KEY: expected 20 to 512 characters without spaces.');
  return { port: integer('PORT', PORT, 65_535), schedulers: integer('SCHEDULERS', SCHEDULERS, 64), publishKey: PUBLISH_KEY };
}

function integer(variable: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new BadSetting(`${variable}: expected a whole number from 0 to ${max}, got '${text}'.`);
  return value;
}
