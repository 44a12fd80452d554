/**
 * What the transport says of a request when the connection is cut, ended, held or corrupted at any byte, held against
 * what the upstream really received.
 */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import { openTransport, type Sent, TRANSPORT_LIMITS, type TransportRequest } from '../../src/processors/transport.ts';
import { HERE } from '../support/certificates.ts';
import { manualClock } from '../support/clock.ts';
import { type Fault, type FaultProxy, type Harm, startFaultProxy } from '../support/fault-proxy.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { type Received, startWitness, type Witness } from '../support/witness.ts';

const HARMS: readonly Harm[] = ['reset', 'end', 'hold', 'corrupt'];
const APPROVED = { kind: 'answered', status: 200, body: '{"status":"APPROVED","amount":1000}' };
const AT_ONCE = 64;
const NOTHING: Received = { bytes: 0, requests: 0, ended: Promise.resolve() };
/** For a length that was corrupted, so that one side waits for what will not come. */
const BRIEF = { ...TRANSPORT_LIMITS, connectMs: 500, answerMs: 500 };

interface Struck {
  readonly fault: Fault | null;
  readonly sent: Sent;
  readonly received: Received;
}

/** Handshakes are dear: over TLS every harm strikes at its own part of the offsets, unless `EVERY_BYTE` is set. */
const strideOf = (stride: number) => (process.env['EVERY_BYTE'] === undefined ? stride : 1);

for (const [name, tls, stride] of [
  ['plain HTTP', null, 1],
  ['TLS 1.3', { minVersion: 'TLSv1.3' }, strideOf(13)],
  ['TLS 1.2', { maxVersion: 'TLSv1.2' }, strideOf(29)],
] as const) {
  describe(`the transport over ${name}, with a fault at any byte`, () => {
    let witness: Witness;
    let lengths: FaultProxy['passed'];
    const results: Struck[] = [];
    const whereHarmed = (...harms: readonly Harm[]) =>
      results.filter(({ fault }) => fault !== null && harms.includes(fault.harm));

    useRealSockets();

    before(async () => {
      witness = await startWitness(tls);
      lengths = (await pay(witness, tls !== null, null)).passed;
      const faults = HARMS.flatMap((harm, first) => [
        ...offsets(first, lengths.request, stride).map((at): Fault => ({ on: 'request', at, harm })),
        ...offsets(first, lengths.response, stride).map((at): Fault => ({ on: 'response', at, harm })),
      ]);
      for (let i = 0; i < faults.length; i += AT_ONCE) {
        results.push(
          ...(await Promise.all(faults.slice(i, i + AT_ONCE).map((fault) => pay(witness, tls !== null, fault)))),
        );
      }
    });
    after(() => witness.close());

    it('says "not sent" only where not a byte of the request reached the upstream', () => {
      const told = results.filter(({ sent }) => sent.kind === 'not_sent');
      expect(told.filter(({ received }) => received.bytes > 0 || received.requests > 0)).to.deep.equal([]);
      if (tls !== null) expect(told).to.not.have.lengthOf(0);
    });

    it('says "answered" only where the upstream had a whole request', () => {
      const told = whereHarmed('reset', 'end', 'hold').filter(({ sent }) => sent.kind === 'answered');
      expect(told.filter(({ received }) => received.requests === 0)).to.deep.equal([]);
    });

    it(`gives an answer only as it was${tls === null ? ', unless a byte of it is another' : ''}`, () => {
      const harms = tls === null ? HARMS.filter((harm) => harm !== 'corrupt') : HARMS;
      const answered = whereHarmed(...harms).filter(({ sent }) => sent.kind === 'answered');
      expect(answered).to.not.have.lengthOf(0);
      for (const { sent } of answered) expect(sent).to.deep.include(APPROVED);
    });

    it('gives a body only of the length that was announced', () => {
      for (const { sent } of whereHarmed('corrupt')) {
        if (sent.kind !== 'answered' || sent.status !== 200) continue;
        expect(Buffer.byteLength(sent.body)).to.equal(Number(sent.headers['content-length']));
      }
    });

    it('has no answer from half of one', () => {
      const cut = whereHarmed('reset', 'end').filter(
        ({ fault }) => fault?.on === 'response' && tls === null && fault.at < lengths.response,
      );
      expect(cut.map(({ sent }) => sent.kind)).to.not.include('answered');
    });
  });
}

/** At each `stride`th byte, and behind the last. */
function offsets(first: number, length: number, stride: number): readonly number[] {
  const within = Array.from({ length: Math.ceil(length / stride) }, (_, i) => (first % stride) + i * stride);
  return [...within.filter((at) => at < length), length];
}

async function pay(
  witness: Witness,
  secure: boolean,
  fault: Fault | null,
): Promise<Struck & { passed: FaultProxy['passed'] }> {
  const held = fault?.harm === 'hold' ? manualClock() : null;
  const clock = held ?? systemClock;
  const accepted: Received[] = [];
  const proxy = await startFaultProxy(witness.port, fault, async (source) => accepted.push(await witness.from(source)));
  const transport = openTransport({
    origin: `${secure ? 'https' : 'http'}://127.0.0.1:${proxy.port}`,
    plainLoopback: true,
    trust: HERE,
    limits: held === null ? BRIEF : TRANSPORT_LIMITS,
    clock,
  });
  const request: TransportRequest = {
    method: 'POST',
    path: '/v1/payins',
    headers: { 'Content-Type': 'application/json' },
    body: '{"payin_config_id":"cfg_1"}',
    merchant: null,
    deadline: clock.now() + 60_000,
  };
  const outcome = transport.request(request);
  if (held !== null) {
    await Promise.race([proxy.struck, outcome]);
    await held.advance(TRANSPORT_LIMITS.answerMs);
  }
  const sent = await outcome;
  proxy.release();
  transport.close();
  await proxy.close();
  const [received = NOTHING] = accepted;
  await received.ended;
  return { fault, sent, received, passed: proxy.passed };
}
