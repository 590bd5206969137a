import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

export const SENSORS = ['temperature', 'humidity', 'pressure'] as const;

const SensorName = z.enum(SENSORS);
/** `run` counts the starts of the sensor's process: it grows with each crash. */
const Reading = z.object({ sensor: SensorName, run: z.number(), value: z.number() });

export const SensorContract = contract({
  join: { reply: z.object({ readings: z.array(Reading) }) },
  in: { break: z.object({ sensor: SensorName }) },
  out: { reading: Reading },
});
export interface SensorContract extends TypesOf<typeof SensorContract> {}

export type SensorName = z.infer<typeof SensorName>;
export type Reading = z.infer<typeof Reading>;
