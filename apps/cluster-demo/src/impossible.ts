/** The demo cannot run here. The message is for whoever started it: one sentence. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
}
