import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** What a vehicle may be called. */
export const VehicleName = z.string().regex(/^[a-z0-9-]{1,20}$/);

/** A part of the map's width or height. */
const part = z.number().min(0).max(1);

/** `fleet`: who is on the road, as presence tells it. */
export const FleetContract = contract({ in: {}, out: {}, presence: z.object({ since: z.number() }) });
export interface FleetContract extends TypesOf<typeof FleetContract> {}

/** `vehicle:NAME`: where that one is. `travelled` counts widths of the map, over all its journeys. */
export const VehicleContract = contract({
  in: { drive: z.object({ x: part, y: part }) },
  out: { at: z.object({ x: part, y: part, travelled: z.number(), parked: z.boolean() }) },
});
export interface VehicleContract extends TypesOf<typeof VehicleContract> {}

export type At = VehicleContract['out']['at'];
