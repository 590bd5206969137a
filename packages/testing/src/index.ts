export {
  assertReceive,
  assertReport,
  capturedReports,
  type ReceiveOptions,
  refuteReceive,
  TestAssertionError,
} from './assert-receive.js';
export {
  assertBroadcast,
  assertPush,
  assertReply,
  broadcastFrom,
  close,
  leave,
  push,
  refuteBroadcast,
  refutePush,
  refuteReply,
  type WaitOptions,
} from './channels/channel-assertions.js';
export { TestChannel, type TestChannelState, TestPush } from './channels/test-channel.js';
export { ConnectRefused, connect, JoinRefused, subscribeAndJoin, type TestConnectOptions, TestSocket } from './channels/test-socket.js';
export { matches, type Part, type Pattern } from './patterns.js';
export { Probe, probe, testPid, testProbe } from './probe.js';
export type { Report, Reports } from './reports.js';
export { SimError, type SimOptions, type SimProgram, type SimRun, type SimWorld, sim } from './simulator/sim.js';
export { startSupervised, stopSupervised, type TestApplication } from './supervised.js';
export { advance, settled } from './time.js';
export { VirtualHost } from './virtual-host.js';
export { beginTest, endTest, useVirtualTime } from './world.js';
