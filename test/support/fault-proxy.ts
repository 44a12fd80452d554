/**
 * A TCP proxy on loopback that does one thing to each connection at one byte: cuts, ends, holds or corrupts it. It knows
 * nothing of what it carries, so that it stands in front of plain HTTP, TLS or a database alike.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { latch } from './latch.ts';

/**
 * `reset`: both sides are cut off. `end`: both see an orderly end. `hold`: nothing goes this way until it is released.
 * `corrupt`: one bit of the byte is another.
 */
export type Harm = 'reset' | 'end' | 'hold' | 'corrupt';

/** Where it strikes: `at` bytes of that direction have passed unharmed by then. */
export interface Fault {
  readonly on: 'request' | 'response';
  readonly at: number;
  readonly harm: Harm;
}

export interface FaultProxy {
  readonly port: number;
  /** Bytes that passed, of all connections. */
  readonly passed: { request: number; response: number };
  /** Resolves when the fault struck. */
  readonly struck: Promise<void>;
  /** Lets go of what is held. */
  release(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * @param fault null lets everything pass.
 * @param accepted resolves when the upstream has taken the connection that comes from `source`; nothing goes any way before.
 */
export async function startFaultProxy(
  upstreamPort: number,
  fault: Fault | null,
  accepted: (source: number) => Promise<unknown> = async () => {},
): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const passed = { request: 0, response: 0 };
  const struck = latch();
  const held = latch();

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  }

  /** @returns whether anything more goes this way. */
  async function strike(harm: Harm, from: Socket, to: Socket, rest: Buffer): Promise<boolean> {
    struck.open();
    switch (harm) {
      case 'reset':
        from.resetAndDestroy();
        to.resetAndDestroy();
        return false;
      case 'end':
        from.end();
        to.end();
        return false;
      case 'hold':
        await held.opened;
        to.write(rest);
        return true;
      case 'corrupt':
        to.write(rest.length === 0 ? rest : Buffer.concat([Buffer.of(rest.readUInt8(0) ^ 1), rest.subarray(1)]));
        return true;
    }
  }

  async function carry(on: Fault['on'], from: Socket, to: Socket): Promise<void> {
    let done = 0;
    let harmed = fault === null || fault.on !== on;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const cut = harmed || fault === null ? chunk.length : Math.min(fault.at - done, chunk.length);
      done += chunk.length;
      passed[on] += chunk.length;
      await new Promise((resolve) => to.write(chunk.subarray(0, cut), resolve));
      if (harmed || fault === null || done < fault.at) continue;
      harmed = true;
      if (!(await strike(fault.harm, from, to, chunk.subarray(cut)))) return;
    }
    to.end();
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1', allowHalfOpen: true }, async () => {
      await accepted(upstream.localPort ?? 0);
      carry('request', client, upstream).catch(() => upstream.destroy());
      carry('response', upstream, client).catch(() => client.destroy());
    });
    track(client);
    track(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    struck: struck.opened,
    release: () => held.open(),
    async close() {
      held.open();
      const open = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.destroy();
      await Promise.allSettled(open);
      server.close();
      await once(server, 'close');
    },
  };
}
