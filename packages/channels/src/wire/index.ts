export { FieldTooLong, type Frame, type Message, positionRef, type Serializer } from './message.js';
export { decodeQuery, type Params, textParam } from './query.js';
export { type ExtraSerializer, Serializers } from './serializers.js';
export { isSseReply, readSseFrame, type SseFrame, sse, sseEvent } from './sse.js';
export { v1 } from './v1.js';
export { v2 } from './v2.js';
