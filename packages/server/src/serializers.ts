import { type ExtraSerializer, type Serializer, Serializers } from '@rekindle/channels/wire';
import { MisuseError } from '@rekindle/kernel';
import type { SerializerSpec } from './endpoint-spec.js';

const FUNCTIONS = ['decodeText', 'decodeBinary', 'reply', 'push', 'broadcast', 'end'] as const;

/** Loads the endpoint's further serializers. Throws `bad_option` for a module that exports none. */
export async function loadSerializers(specs: readonly SerializerSpec[]): Promise<Serializers> {
  const extra = await Promise.all(
    specs.map(async ({ vsn, module }): Promise<ExtraSerializer> => {
      const { default: serializer } = (await import(module).catch((cause: unknown) => {
        throw new MisuseError('bad_option', `endpoint.serializers['${vsn}']: ${module} could not be loaded (${String(cause)})`);
      })) as { default?: unknown };
      return { vsn, serializer: checked(serializer, vsn, module) };
    }),
  );
  for (const { serializer } of extra) {
    if (extra.some((other) => other.serializer !== serializer && other.serializer.name === serializer.name)) {
      throw new MisuseError('bad_option', `endpoint.serializers: two of them have the name '${serializer.name}'`);
    }
  }
  return new Serializers(extra);
}

function checked(value: unknown, vsn: string, module: string): Serializer {
  const serializer = value as Partial<Serializer> | null | undefined;
  const name = serializer?.name;
  const lacks = FUNCTIONS.filter((key) => typeof serializer?.[key] !== 'function');
  if (typeof name !== 'string' || name === '' || name === 'v1' || name === 'v2' || lacks.length > 0) {
    throw new MisuseError(
      'bad_option',
      `endpoint.serializers['${vsn}']: expected ${module} to export a Serializer by default, with a name of its own and the functions ${FUNCTIONS.join(', ')}; it lacks ${[...lacks, ...(lacks.length === 0 ? ['a name'] : [])].join(', ')}`,
    );
  }
  return serializer as Serializer;
}
