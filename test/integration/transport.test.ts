/** The transport over real sockets: what it sends, what it takes for an answer, and which connections it uses. */
import type { Socket } from 'node:net';
import { expect } from 'chai';
import nock from 'nock';
import { systemClock } from '../../src/core/clock.ts';
import {
  openTransport,
  TRANSPORT_LIMITS,
  type TransportRequest,
  UnsafeOrigin,
} from '../../src/processors/transport.ts';
import { ELSEWHERE, EXPIRED, HERE } from '../support/certificates.ts';
import { latch } from '../support/latch.ts';
import {
  asking,
  closeAfterEach,
  rawServer,
  reasonOf,
  type Setting,
  transportTo,
  witnessOf,
} from '../support/transport.ts';
import { approve, startWitness, type Witness } from '../support/witness.ts';

describe('the transport', () => {
  closeAfterEach();

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

  describe('and answers', () => {
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
