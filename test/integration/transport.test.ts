/** The transport over real sockets: what it sends, waits for, refuses and gives up. Faults are transport-faults.test.ts. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import nock from 'nock';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { MerchantId } from '../../src/core/ids.ts';
import {
  openTransport,
  type Sent,
  TRANSPORT_LIMITS,
  type Transport,
  type TransportLimits,
  type TransportOptions,
  type TransportRequest,
  UnsafeOrigin,
} from '../../src/processors/transport.ts';
import { ELSEWHERE, EXPIRED, HERE } from '../support/certificates.ts';
import { manualClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { latch } from '../support/latch.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { approve, type Handler, startWitness, type Witness } from '../support/witness.ts';

const MERCHANTS = ['mid_a', 'mid_b'] as readonly string[] as readonly [MerchantId, MerchantId];

/** Each closed at the end of its test. */
const opened: { close(): unknown }[] = [];

async function witnessOf(handler: Handler = approve, tls: Parameters<typeof startWitness>[0] = null): Promise<Witness> {
  const witness = await startWitness(tls, handler);
  opened.push(witness);
  return witness;
}

interface Setting extends Partial<Omit<TransportOptions, 'limits'>> {
  readonly limits?: Partial<TransportLimits>;
}

function transportTo(port: number, { limits, ...setting }: Setting = {}): Transport {
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

function asking(parts: Partial<TransportRequest> = {}): TransportRequest {
  const deadline = systemClock.now() + 60_000;
  return { method: 'POST', path: '/v1/payins', headers: {}, body: '{}', merchant: null, deadline, ...parts };
}

const reasonOf = (sent: Sent) => (sent.kind === 'answered' ? `answered ${sent.status}` : `${sent.kind} ${sent.reason}`);

/** Speaks bytes of the test's own choosing to whoever has asked something. */
async function rawServer(speak: (socket: Socket, connection: number) => void): Promise<number> {
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

describe('the transport', () => {
  useRealSockets();

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  it('sends method, path, headers and body as they are, and gives the whole answer back', async () => {
    const seen: unknown[] = [];
    const witness = await witnessOf((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      seen.push([method, url, headers.authorization, headers.host, headers['content-length']]);
      outgoing.writeHead(402, { 'X-Answer': 'yes' }).end('{"declined":"é"}');
    });
    const headers = { Authorization: 'Bearer key', Host: 'elsewhere.test', 'Content-Length': '7' };
    const sent = await transportTo(witness.port).request(asking({ path: '/v1/payins?a=b', headers, body: '{"é":1}' }));
    expect(sent).to.deep.include({ kind: 'answered', status: 402, body: '{"declined":"é"}' });
    expect(sent).to.have.nested.property('headers.x-answer', 'yes');
    expect(seen).to.deep.equal([['POST', '/v1/payins?a=b', 'Bearer key', `127.0.0.1:${witness.port}`, '8']]);
  });

  it('sends a GET without a body, and takes an answer without one', async () => {
    const witness = await witnessOf((_incoming, outgoing) => outgoing.writeHead(204).end());
    const sent = await transportTo(witness.port).request(asking({ method: 'GET', body: null }));
    expect(sent).to.deep.include({ kind: 'answered', status: 204, body: '' });
  });

  it('keeps a connection for the next request', async () => {
    const witness = await witnessOf();
    const transport = transportTo(witness.port);
    for (let i = 0; i < 3; i++) expect(reasonOf(await transport.request(asking()))).to.equal('answered 200');
    expect(witness.connections).to.have.lengthOf(1);
  });

  it('follows no redirect: it is an answer', async () => {
    const other = await witnessOf();
    const location = `http://127.0.0.1:${other.port}/`;
    const witness = await witnessOf((_incoming, outgoing) =>
      outgoing.writeHead(307, { location, 'Content-Length': 0 }).end(),
    );
    expect(reasonOf(await transportTo(witness.port).request(asking()))).to.equal('answered 307');
    expect(other.connections).to.have.lengthOf(0);
  });

  it('says "not sent" of what cannot be written as a request', async () => {
    const witness = await witnessOf();
    const transport = transportTo(witness.port);
    const bad: readonly Partial<TransportRequest>[] = [{ path: '/a b' }, { headers: { Authorization: 'a\r\nb' } }];
    for (const parts of bad)
      expect(reasonOf(await transport.request(asking(parts)))).to.equal('not_sent invalid_request');
    expect(witness.connections).to.have.lengthOf(0);
  });

  it('says "not sent" where nobody listens, and where there is no such host', async () => {
    const witness = await startWitness(null);
    await witness.close();
    expect(reasonOf(await transportTo(witness.port).request(asking()))).to.equal('not_sent not_connected');
    const nowhere = transportTo(0, { origin: 'https://nowhere.invalid' });
    expect(reasonOf(await nowhere.request(asking()))).to.equal('not_sent name_not_found');
  });

  describe('and answers that are none', () => {
    const answers: readonly [string, string, string][] = [
      ['that ends where the connection does', 'HTTP/1.1 200 OK\r\n\r\n{}', 'maybe_sent answer_malformed'],
      ['that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'maybe_sent answer_malformed'],
      ['that is shorter than announced', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}', 'maybe_sent answer_cut'],
      [
        'that is longer than announced',
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}',
        'maybe_sent answer_malformed',
      ],
      [
        'of two lengths',
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
        'maybe_sent answer_malformed',
      ],
      [
        'of a length and in chunks',
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
        'maybe_sent answer_malformed',
      ],
      [
        'whose last chunk is missing',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n',
        'maybe_sent answer_cut',
      ],
      ['that is no UTF-8', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff', 'maybe_sent answer_malformed'],
      [
        'that changes the protocol',
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
        'maybe_sent answer_cut',
      ],
      ['with an endless head', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(20_000)}`, 'maybe_sent answer_too_large'],
      [
        'that is too large',
        `HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n${'a'.repeat(101)}`,
        'maybe_sent answer_too_large',
      ],
      ['that is nothing', '', 'maybe_sent answer_cut'],
    ];
    for (const [name, answer, outcome] of answers) {
      it(`takes none ${name}`, async () => {
        const port = await rawServer((socket) => socket.end(answer, 'latin1'));
        const transport = transportTo(port, { limits: { answerBytes: 100 } });
        expect(reasonOf(await transport.request(asking()))).to.equal(outcome);
      });
    }

    it('takes one as large as the limit, in chunks, after a word of encouragement', async () => {
      const body = 'a'.repeat(100);
      const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${body}\r\n0\r\n\r\n`;
      const port = await rawServer((socket) => socket.write(answer));
      const sent = await transportTo(port, { limits: { answerBytes: 100 } }).request(asking());
      expect(sent).to.deep.include({ kind: 'answered', status: 200, body });
    });
  });

  describe('and kept connections', () => {
    const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

    it('hears before it writes that the other side has just ended one', async () => {
      const witness = await witnessOf();
      const transport = transportTo(witness.port);
      await transport.request(asking());
      witness.hangUp();
      expect(reasonOf(await transport.request(asking()))).to.equal('not_sent connection_lost');
      expect(reasonOf(await transport.request(asking()))).to.equal('answered 200');
      expect(witness.connections.map(({ requests }) => requests)).to.deep.equal([1, 1]);
    });

    it('does not know what became of a request on one that is ended as it goes out, and does not repeat it', async () => {
      const bytes: number[] = [];
      const port = await rawServer((socket, connection) => {
        bytes.push(connection);
        if (bytes.length === 1) socket.write(ANSWER);
        else socket.resetAndDestroy();
      });
      const transport = transportTo(port);
      await transport.request(asking());
      expect(reasonOf(await transport.request(asking()))).to.equal('maybe_sent answer_cut');
      expect(bytes).to.deep.equal([1, 1]);
    });

    it('takes no answer that came before its request', async () => {
      const speakers: Socket[] = [];
      const port = await rawServer((socket) => {
        speakers.push(socket);
        socket.write(ANSWER);
      });
      const transport = transportTo(port);
      await transport.request(asking());
      speakers[0]?.write(ANSWER);
      expect(reasonOf(await transport.request(asking()))).to.equal('not_sent connection_lost');
      expect(speakers).to.have.lengthOf(1);
    });

    it('forgets what is said on one that is idle', async () => {
      const idle = latch();
      const port = await rawServer((socket, connection) => {
        if (connection > 1) return socket.write(ANSWER);
        return socket.write(ANSWER, () => {
          socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n', idle.open);
        });
      });
      const transport = transportTo(port);
      await transport.request(asking());
      await idle.opened;
      expect(reasonOf(await transport.request(asking()))).to.be.oneOf(['not_sent connection_lost', 'answered 200']);
    });
  });

  describe('and TLS', () => {
    const secure = (witness: Witness, setting: Setting = {}) =>
      transportTo(witness.port, { origin: `https://localhost:${witness.port}`, trust: HERE, ...setting });

    it('takes 1.2 and 1.3', async () => {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const witness = await witnessOf(approve, { minVersion: version, maxVersion: version });
        expect(reasonOf(await secure(witness).request(asking()))).to.equal('answered 200');
      }
    });

    const refused: readonly [string, Parameters<typeof startWitness>[0], Setting][] = [
      ['1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, {}],
      ['a certificate that nobody vouches for', {}, { trust: ELSEWHERE }],
      ['a certificate of another host', { cert: ELSEWHERE }, { trust: ELSEWHERE }],
      ['a certificate that has expired', { cert: EXPIRED }, { trust: EXPIRED }],
    ];
    for (const [name, tls, setting] of refused) {
      it(`sends nothing over ${name}`, async () => {
        const witness = await witnessOf(approve, tls);
        expect(reasonOf(await secure(witness, setting).request(asking()))).to.equal('not_sent tls_failed');
        expect(witness.connections.map(({ bytes }) => bytes)).to.deep.equal([0]);
      });
    }

    it('sends nothing over an unknown certificate, whatever the environment says', async () => {
      const witness = await witnessOf(approve, {});
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        expect(reasonOf(await secure(witness, { trust: ELSEWHERE }).request(asking()))).to.equal('not_sent tls_failed');
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      }
    });

    it('sends nothing to a server that speaks none', async () => {
      const witness = await witnessOf();
      expect(reasonOf(await secure(witness).request(asking()))).to.equal('not_sent tls_failed');
      expect(witness.connections.map(({ requests }) => requests)).to.deep.equal([0]);
    });
  });

  describe('and time', () => {
    it('sends nothing from the deadline on', async () => {
      const clock = manualClock();
      const witness = await witnessOf();
      const transport = transportTo(witness.port, { clock });
      expect(reasonOf(await transport.request(asking({ deadline: clock.now() })))).to.equal('not_sent deadline');
      expect(witness.connections).to.have.lengthOf(0);
    });

    for (const [name, deadlineMs, outcome] of [
      ['the time to connect', 60_000, 'not_sent connect_timeout'],
      ['the deadline', 1_000, 'not_sent deadline'],
    ] as const) {
      it(`gives up a connection that is not open when ${name} is over`, async () => {
        const clock = manualClock();
        const witness = await witnessOf(approve, {});
        const proxy = await startFaultProxy(witness.port, { on: 'response', at: 100, harm: 'hold' });
        opened.push(proxy);
        const transport = transportTo(proxy.port, { origin: `https://localhost:${proxy.port}`, trust: HERE, clock });
        const outcomeOf = transport.request(asking({ deadline: clock.now() + deadlineMs }));
        await proxy.struck;
        await clock.advance(TRANSPORT_LIMITS.connectMs);
        expect(reasonOf(await outcomeOf)).to.equal(outcome);
        expect(witness.connections.map(({ bytes }) => bytes)).to.deep.equal([0]);
      });
    }

    it('reads the clock again before it writes, because a process that was stopped has late timers', async () => {
      let now = systemClock.now();
      const clock: Clock = { now: () => now, after: () => () => {} };
      const witness = await witnessOf(approve, {});
      const proxy = await startFaultProxy(witness.port, { on: 'response', at: 100, harm: 'hold' });
      opened.push(proxy);
      const transport = transportTo(proxy.port, { origin: `https://localhost:${proxy.port}`, trust: HERE, clock });
      const outcome = transport.request(asking({ deadline: now + 1_000 }));
      await proxy.struck;
      now += 1_000;
      proxy.release();
      expect(reasonOf(await outcome)).to.equal('not_sent deadline');
      expect(witness.connections.map(({ bytes }) => bytes)).to.deep.equal([0]);
    });

    it('waits for an answer beyond the deadline, and no longer than for any', async () => {
      const clock = manualClock();
      const asked = latch();
      const waiting: ServerResponse[] = [];
      const witness = await witnessOf((_incoming, outgoing) => {
        waiting.push(outgoing);
        if (waiting.length === 2) asked.open();
      });
      const transport = transportTo(witness.port, { clock });
      const answered = transport.request(asking({ deadline: clock.now() + 1_000 }));
      const unanswered = transport.request(asking({ deadline: clock.now() + 1_000 }));
      await asked.opened;
      await clock.advance(TRANSPORT_LIMITS.answerMs - 1);
      waiting[0]?.writeHead(200, { 'Content-Length': 2 }).end('{}');
      expect(await Promise.race([answered, unanswered]).then(reasonOf)).to.equal('answered 200');
      await clock.advance(1);
      expect((await Promise.all([answered, unanswered])).map(reasonOf)).to.have.members([
        'answered 200',
        'maybe_sent answer_timeout',
      ]);
    });
  });

  describe('and places', () => {
    const merchant = { inFlight: 2, waiting: 1, waitMs: 1_000 };

    /** Answers when it is told to. */
    async function slowWitness() {
      const waiting: ServerResponse[] = [];
      const witness = await witnessOf((_incoming, outgoing) => waiting.push(outgoing));
      return {
        witness,
        waiting,
        asked: (count: number) => eventually(() => expect(waiting).to.have.lengthOf(count), 5_000),
        answer: (i: number) => waiting[i]?.writeHead(200, { 'Content-Length': 2 }).end('{}'),
      };
    }

    it('sends so many of one merchant at once, the next when one is answered, and turns away what has no place', async () => {
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { limits: { merchant } });
      const [first, second, third, fourth] = [1, 2, 3, 4].map(() =>
        transport.request(asking({ merchant: MERCHANTS[0] })),
      );
      expect(await fourth?.then(reasonOf)).to.equal('not_sent queue_full');
      await asked(2);
      answer(0);
      await asked(3);
      answer(1);
      answer(2);
      expect((await Promise.all([first, second, third])).map((sent) => sent && reasonOf(sent))).to.deep.equal(
        Array(3).fill('answered 200'),
      );
      expect(waiting).to.have.lengthOf(3);
    });

    it('lets no merchant wait for another', async () => {
      const { asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { limits: { merchant } });
      const slow = [1, 2, 3].map(() => transport.request(asking({ merchant: MERCHANTS[0] })));
      await asked(2);
      const quick = transport.request(asking({ merchant: MERCHANTS[1] }));
      await asked(3);
      answer(2);
      expect(reasonOf(await quick)).to.equal('answered 200');
      transport.close();
      expect((await Promise.all(slow)).map(reasonOf)).to.deep.equal([
        'maybe_sent closed',
        'maybe_sent closed',
        'not_sent closed',
      ]);
    });

    it('turns away what has waited too long, and sends it never', async () => {
      const clock = manualClock();
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { merchant } });
      const request = () => transport.request(asking({ merchant: MERCHANTS[0], deadline: clock.now() + 60_000 }));
      const [first, second, third] = [request(), request(), request()];
      await asked(2);
      await clock.advance(merchant.waitMs);
      expect(reasonOf(await third)).to.equal('not_sent queue_timeout');
      answer(0);
      answer(1);
      await Promise.all([first, second]);
      expect(waiting).to.have.lengthOf(2);
    });

    it('sends nothing whose deadline passed in the queue', async () => {
      const clock = manualClock();
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { merchant: { ...merchant, inFlight: 1 } } });
      const first = transport.request(asking({ deadline: clock.now() + 60_000 }));
      const second = transport.request(asking({ deadline: clock.now() + 500 }));
      await asked(1);
      await clock.advance(500);
      answer(0);
      expect([await first, await second].map(reasonOf)).to.deep.equal(['answered 200', 'not_sent deadline']);
      expect(waiting).to.have.lengthOf(1);
    });

    it('says "not sent" where all connections are taken for longer than it takes to connect', async () => {
      const clock = manualClock();
      const { asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { connections: 1 } });
      const request = () => transport.request(asking({ deadline: clock.now() + 60_000 }));
      const first = request();
      await asked(1);
      const second = request();
      await clock.advance(TRANSPORT_LIMITS.connectMs);
      expect(reasonOf(await second)).to.equal('not_sent connect_timeout');
      const third = request();
      answer(0);
      await asked(2);
      answer(1);
      expect([await first, await third].map(reasonOf)).to.deep.equal(['answered 200', 'answered 200']);
      expect(witness.connections).to.have.lengthOf(1);
    });
  });

  it('cuts what is under way when it is closed, and sends nothing afterwards', async () => {
    const asked = latch();
    const witness = await witnessOf(() => asked.open());
    const transport = transportTo(witness.port);
    const first = transport.request(asking());
    await asked.opened;
    const second = transport.request(asking());
    transport.close();
    expect([await first, await second, await transport.request(asking())].map(reasonOf)).to.deep.equal([
      'maybe_sent closed',
      'not_sent closed',
      'not_sent closed',
    ]);
    expect(witness.connections.map(({ requests }) => requests).filter((count) => count > 0)).to.deep.equal([1]);
  });
});

describe("the transport's origin", () => {
  const open = (origin: string, plainLoopback: boolean) => () =>
    openTransport({ origin, plainLoopback, limits: TRANSPORT_LIMITS, clock: systemClock }).close();

  it('is https, or this machine where that is allowed', () => {
    for (const origin of ['https://api.example.com', 'https://api.example.com:8443/', 'https://[::1]:1'])
      open(origin, false)();
    for (const origin of ['http://localhost:1', 'http://127.0.0.1', 'http://[::1]:1/']) {
      open(origin, true)();
      expect(open(origin, false), origin).to.throw(UnsafeOrigin);
    }
  });

  it('is nothing else', () => {
    const bad = [
      'http://api.example.com',
      'https://user:key@example.com',
      'https://example.com/v1',
      'https://example.com?a',
      'ftp://localhost',
      'localhost',
      '',
    ];
    for (const origin of bad) expect(open(origin, true), origin).to.throw(UnsafeOrigin);
  });
});

describe('the transport under nock', () => {
  it('is answered by it', async () => {
    nock('https://api.example.com').replyContentLength().post('/v1/payins', '{}').reply(200, { status: 'APPROVED' });
    const transport = openTransport({
      origin: 'https://api.example.com',
      limits: TRANSPORT_LIMITS,
      clock: systemClock,
    });
    expect(await transport.request(asking())).to.deep.include({
      kind: 'answered',
      status: 200,
      body: '{"status":"APPROVED"}',
    });
    transport.close();
  });

  it('reaches what nock lets through', async () => {
    const witness = await startWitness(null);
    const origin = `http://127.0.0.1:${witness.port}`;
    const transport = openTransport({ origin, plainLoopback: true, limits: TRANSPORT_LIMITS, clock: systemClock });
    expect(reasonOf(await transport.request(asking()))).to.equal('answered 200');
    transport.close();
    await witness.close();
  });
});
