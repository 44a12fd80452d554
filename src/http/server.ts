/** The listening server: its time limits against slow clients, and how it stops without losing a payment. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where to listen and how long a slow client is borne; times in milliseconds. */
export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxConnections: number;
  /** For the whole request to arrive, its headers included. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Between two requests of one connection. */
  readonly keepAliveTimeoutMs: number;
}

/** A server that takes connections. */
export interface Listening {
  /** The port in use, also where 0 was asked for. */
  readonly port: number;
  /** Takes no new connections and resolves when every reply under way was sent. */
  close(): Promise<void>;
  /** Cuts what is still open. */
  cut(): void;
}

/** A connection is taken down after so many requests, so that a balancer spreads load again. */
const REQUESTS_PER_SOCKET = 10_000;
/** How often Node looks for connections that overstay. */
const CHECK_EVERY_MS = 2_000;

/** Resolves once connections are taken. @throws Node's error where the port cannot be had (`EADDRINUSE`, `EACCES`). */
export async function listen(handler: RequestListener, options: ServerOptions): Promise<Listening> {
  const server = createServer(
    {
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: options.headersTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    handler,
  );
  server.maxConnections = options.maxConnections;
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { port: portOf(server), close: () => close(server), cut: () => server.closeAllConnections() };
}

function portOf(server: Server): number {
  // A TCP server's address is an object; only a pipe's is text.
  const address = server.address() as AddressInfo;
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
