import { Channel, type ChannelOptions, error, type HandleIn, Presence, routes, Socket } from 'rekindle';
import { FleetContract, VehicleContract, VehicleName } from './contracts.js';
import { vehicles } from './vehicle.js';

/** Which vehicles have a driver who is connected. */
class OnTheRoad extends Presence<FleetContract> {}

/** One window that wants to know who is on the road; a driver's own puts its vehicle there. */
export class FleetChannel extends Channel<FleetContract, TrackingSocket> {
  static contract = FleetContract;
  static handleIn: HandleIn<FleetChannel> = {};

  override join(): void {
    this.sendSelf({ type: 'joined' });
  }

  override handleInfo(_joined: unknown): void {
    const { drives } = this.assigns;
    // Nobody takes it off again: it is there until this process ends, whatever ends it.
    if (drives !== undefined) OnTheRoad.track(this, drives, { since: Date.now() });
    this.push('presence_state', OnTheRoad.list(this));
  }
}

/** One window that follows one vehicle; the driver's may move it. */
export class VehicleChannel extends Channel<VehicleContract, TrackingSocket> {
  static contract = VehicleContract;
  /** Who comes is told at once where it is. Who reads slowly is told every 100 ms, and then only the newest. */
  static override readonly options: ChannelOptions = { cached: true, conflate: { everyMs: 100 } };

  override join(): void {}

  static handleIn: HandleIn<VehicleChannel> = {
    async drive({ x, y }) {
      const { drives } = this.assigns;
      if (drives === undefined || this.topic !== `vehicle:${drives}`) return error({ reason: 'you do not drive this one' });
      await vehicles.entity(drives).cast('drive', x, y);
      return undefined;
    },
  };
}

/** A connection: of somebody who watches, or who drives one vehicle. Who may drive which, a `Token` would say. */
export class TrackingSocket extends Socket<{ drives?: string }> {
  static channels = routes({ fleet: FleetChannel, 'vehicle:*': VehicleChannel });

  override connect({ drives }: { readonly [key: string]: unknown }) {
    if (drives === undefined) return {};
    const { success, data } = VehicleName.safeParse(drives);
    return success ? { drives: data } : error({ reason: 'drives: expected 1 to 20 small letters, digits and dashes' });
  }
}
