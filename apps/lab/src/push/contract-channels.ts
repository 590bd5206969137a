import { Channel, type HandleIn, type TypesOf } from 'rekindle';
import { inArktype, inValibot, inZod } from './contracts.js';

// They answer with what has reached the handler.

export class ZodChannel extends Channel<TypesOf<typeof inZod>> {
  static contract = inZod;
  override join(): void {}
  static handleIn: HandleIn<ZodChannel> = { score: (payload) => ({ reached: payload }) };
}

export class ValibotChannel extends Channel<TypesOf<typeof inValibot>> {
  static contract = inValibot;
  override join(): void {}
  static handleIn: HandleIn<ValibotChannel> = { score: (payload) => ({ reached: payload }) };
}

export class ArktypeChannel extends Channel<TypesOf<typeof inArktype>> {
  static contract = inArktype;
  override join(): void {}
  static handleIn: HandleIn<ArktypeChannel> = { score: (payload) => ({ reached: payload }) };
}
