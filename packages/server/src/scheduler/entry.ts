// What runs on every scheduler thread: the application's code, its sockets and channels.
import type { OpenRequest } from '@rekindle/channels/internal';
import type { Serializers } from '@rekindle/channels/wire';
import { Codec, startReplicas } from '@rekindle/kernel/internal';
import { PubSub } from '@rekindle/pubsub';
import { FrameReader, type Scheduler } from '@rekindle/threads/internal';
import type { Application } from '../application.js';
import { applicationSpec, loadApplication, serializerSpecs } from '../application-spec.js';
import * as protocol from '../lane-protocol.js';
import { installLogger } from '../logger.js';
import { loadSerializers } from '../serializers.js';
import { LaneLink } from './lane-link.js';
import { SchedulerServices } from './services.js';

export interface SchedulerData {
  readonly module: string;
}

let application: Application;
let serializers: Serializers;

export async function loadScheduler({ module }: SchedulerData): Promise<void> {
  installLogger();
  application = await loadApplication(module);
  serializers = await loadSerializers(serializerSpecs(application.endpoint ?? {}));
}

/** Answers the application's spec, encoded: its children's arguments may be anything that can be sent. */
export async function startScheduler(scheduler: Scheduler): Promise<Uint8Array> {
  const { kernel } = scheduler;
  startReplicas(kernel);
  const codec = new Codec(kernel);
  const link = new LaneLink(scheduler.gateway, codec);
  const pubsub = new PubSub(kernel);
  pubsub.uplink = link;
  const services = new SchedulerServices(kernel, application, serializers, link, pubsub);
  const { host } = services;
  scheduler.onFrame(protocol.OPEN, (_kind, payload) => host.open(protocol.readJson<OpenRequest>(payload)));
  scheduler.onFrame(protocol.REVIVE, (_kind, payload) => host.revive(protocol.readRevive(payload)));
  scheduler.onFrame(protocol.TEXT, (_kind, payload) => host.frame(...protocol.readFrame(payload, true)));
  scheduler.onFrame(protocol.BINARY, (_kind, payload) => host.frame(...protocol.readFrame(payload, false)));
  scheduler.onFrame(protocol.BATCH_END, (_kind, payload) => host.batchEnd(...protocol.readPair(payload)));
  scheduler.onFrame(protocol.PRESSURE, (_kind, payload) => host.pressure(...protocol.readPair(payload)));
  scheduler.onFrame(protocol.SETTLE, () => void host.settled().then(() => link.settled()));
  scheduler.onFrame(protocol.CLOSED, (_kind, payload) => host.closed(new FrameReader(payload).uint32()));
  scheduler.onFrame(protocol.INTEREST_READY, (_kind, payload) => link.interestReady(new FrameReader(payload).uint32()));
  scheduler.onFrame(protocol.DELIVER, (_kind, payload) => {
    const { topic, content } = protocol.readPublish(payload, (bytes) => codec.decode(bytes));
    pubsub.deliver(topic, content);
  });
  scheduler.onFrame(protocol.REQUEST, (_kind, payload) => {
    const request = protocol.readRequest(payload);
    void services.answerRequest(request).then((response) => link.respond(request.id, response));
  });
  return Uint8Array.from(codec.encode(applicationSpec(application)));
}
