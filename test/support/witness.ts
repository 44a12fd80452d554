/** An HTTP or HTTPS server on loopback that keeps account of what really reached it, connection by connection. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { HERE, TEST_KEY } from './certificates.ts';
import { latch } from './latch.ts';

/** `bytes` are those of requests, after TLS; `requests` are whole ones. */
export interface Received {
  bytes: number;
  requests: number;
  readonly ended: Promise<void>;
}

export interface Witness {
  readonly port: number;
  readonly connections: readonly Received[];
  /** Resolves when it has the connection that comes from that port. To be asked before another does. */
  from(port: number): Promise<Received>;
  /** Ends every connection that is open, between two requests as it may be. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Given a request when all of it was read. */
export type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** One small approval for whatever was asked. */
export const approve: Handler = (_incoming, outgoing) => {
  const body = JSON.stringify({ status: 'APPROVED', amount: 1000 });
  outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  outgoing.end(body);
};

/** @param tls what differs from a server with the certificate `HERE`; null for plain HTTP. */
export async function startWitness(tls: TlsOptions | null, handler: Handler = approve): Promise<Witness> {
  const connections: Received[] = [];
  const open = new Map<number, Received>();
  const asked = new Map<number, (received: Received) => void>();
  const sockets = new Set<Socket>();

  function handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const account = open.get(incoming.socket.remotePort ?? 0);
    // A request that ends early is an error to Node; here it is one that did not come.
    incoming.on('error', () => {});
    incoming.on('end', () => {
      if (account !== undefined) account.requests += 1;
      handler(incoming, outgoing);
    });
    incoming.resume();
  }

  const server = tls === null ? createServer(handle) : createTlsServer({ key: TEST_KEY, cert: HERE, ...tls }, handle);
  server.keepAliveTimeout = 60_000;
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    const ended = latch();
    const account = { bytes: 0, requests: 0, ended: ended.opened };
    connections.push(account);
    open.set(port, account);
    asked.get(port)?.(account);
    asked.delete(port);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      // After a reset the port may be in use again by now.
      if (open.get(port) === account) open.delete(port);
      ended.open();
    });
  });
  server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    const account = open.get(socket.remotePort ?? 0);
    socket.on('data', (chunk: Buffer) => {
      if (account !== undefined) account.bytes += chunk.length;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    from(port) {
      const account = open.get(port);
      return account === undefined ? new Promise((resolve) => asked.set(port, resolve)) : Promise.resolve(account);
    },
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
