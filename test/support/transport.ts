/** Transports and what they talk to, on real sockets, for the length of one test. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/core/clock.ts';
import {
  openTransport,
  type Sent,
  TRANSPORT_LIMITS,
  type Transport,
  type TransportLimits,
  type TransportOptions,
  type TransportRequest,
} from '../../src/processors/transport.ts';
import { useRealSockets } from './real-sockets.ts';
import { approve, type Handler, startWitness, type Witness } from './witness.ts';

/** Each closed at the end of its test. */
const opened: { close(): unknown }[] = [];

export async function witnessOf(
  handler: Handler = approve,
  tls: Parameters<typeof startWitness>[0] = null,
): Promise<Witness> {
  const witness = await startWitness(tls, handler);
  opened.push(witness);
  return witness;
}

export interface Setting extends Partial<Omit<TransportOptions, 'limits'>> {
  readonly limits?: Partial<TransportLimits>;
}

export function transportTo(port: number, { limits, ...setting }: Setting = {}): Transport {
  const transport = openTransport({
    origin: `http://127.0.0.1:${port}`,
    plainLoopback: true,
    clock: systemClock,
    ...setting,
    limits: { ...TRANSPORT_LIMITS, ...limits },
  });
  opened.unshift(transport);
  return transport;
}

export function asking(parts: Partial<TransportRequest> = {}): TransportRequest {
  const deadline = systemClock.now() + 60_000;
  return { method: 'POST', path: '/v1/payins', headers: {}, body: '{}', merchant: null, deadline, ...parts };
}

export const reasonOf = (sent: Sent) =>
  sent.kind === 'answered' ? `answered ${sent.status}` : `${sent.kind} ${sent.reason}`;

/** Speaks bytes of the test's own choosing to whoever has asked something. */
export async function rawServer(speak: (socket: Socket, connection: number) => void): Promise<number> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => speak(socket, connection));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

/** Call it in a `describe` that uses any of these. */
export function closeAfterEach(): void {
  useRealSockets();
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
}

/** Closes it, too, at the end of the test. */
export function closeLater(one: { close(): unknown }): void {
  opened.push(one);
}
