/**
 * The MessagePack serializer, for an endpoint's `serializers`: `{ '3.0.*': msgpack }`. Clients bring their own half, a few
 * lines for the stock client's `encode` and `decode` options: see the guide on MessagePack.
 */
export const msgpack: URL = new URL('./wire/msgpack.js', import.meta.url);
