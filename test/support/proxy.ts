/** Somebody else's server that is ours but for one fault: what it was sent and what it answers pass through a change. */
import { createServer } from 'node:http';

export interface Passing {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProxyFault {
  /** Changes what the server gets. */
  readonly hears?: (sent: Passing) => Passing;
  /** Changes what it said. */
  readonly says?: (
    said: { readonly status: number; readonly body: string },
    sent: Passing,
  ) => {
    readonly status: number;
    readonly body: string;
  };
}

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function startProxy(target: string, { hears = same, says = same }: ProxyFault): Promise<Proxy> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const kept = ['authorization', 'content-type'].flatMap((name) => {
      const value = req.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const sent = { path: req.url ?? '/', headers: Object.fromEntries(kept), body: Buffer.concat(chunks).toString() };
    const { path, headers, body } = hears(sent);
    const method = req.method ?? 'GET';
    const reply = await fetch(`${target}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }) });
    const said = says({ status: reply.status, body: await reply.text() }, sent);
    res.writeHead(said.status, { 'content-type': 'application/json' }).end(said.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const same = <T>(value: T): T => value;
