export { type ChannelStep, type ChannelStepsOptions, channelSteps, type Weights } from './channel-steps.js';
export { type ChannelProperty, type Clients, checkChannels, type Happened } from './check-channels.js';
export { checkServer, type ServerHappened, type ServerProperty, type ServerStep } from './check-server.js';
export { PropertyFailed, type RunOptions } from './repeat.js';
