import { Channel, DynamicSupervisor, defineApplication, GenServer, routes, Socket } from 'rekindle';

class Counter extends GenServer {
  n = 0;
  add(n) {
    return (this.n += n);
  }
}
class Rooms extends DynamicSupervisor {}
class EchoChannel extends Channel {
  join() {}
  handleIn(_event, payload) {
    return payload;
  }
}
class UserSocket extends Socket {
  static channels = routes({ 'echo:*': EchoChannel });
  connect() {
    return {};
  }
}

export default defineApplication({
  children: [
    { start: Counter, name: 'counter' },
    { start: Rooms, name: 'rooms', restart: 'transient' },
  ],
  endpoint: { sockets: { '/socket': { handler: UserSocket, longpoll: true, maxChannels: 5 } }, readiness: '/ready' },
});
