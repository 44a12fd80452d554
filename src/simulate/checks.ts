/**
 * What a connector must keep to: small stories about calls, each with what must hold of the replies. They see replies
 * only, so a double charge shows as two ids for one transaction. How the stories are told is conform.ts.
 */
import { Secret } from '../core/secret.ts';
import type { BodyForm, Call, Ending, Next, Simulator, WireRequest } from '../core/simulator.ts';
import type { NewTender } from '../core/tender.ts';
import type { Backend } from './backend.ts';
import { exchangeOf, type Line, type Played, type PlayOptions } from './play.ts';

/** A connector, and what is known of it. */
export interface Candidate {
  readonly line: Line;
  readonly backend: Backend;
  /** A call that it approves, under any transaction id. */
  newCall(): Call;
  readonly declined: NewTender;
  readonly bank: NewTender;
  /** An amount for which it takes longer than one delivery; null where there is none. */
  readonly slowAmount: string | null;
}

/** What a check may do: prepare calls as the application does, and play them. */
export interface Desk {
  readonly simulator: Simulator;
  readonly candidate: Candidate;
  prepare(changes?: Partial<Call>): Promise<Call>;
  /** @throws {Explained} where nobody listens at all */
  play(call: Call, options?: PlayOptions): Promise<Played>;
  /** Deliveries so far for which the provider waited in vain. */
  timeouts(): number;
}

/** A story: what is wrong with the connector, or null. */
export interface Check {
  readonly name: string;
  /** Why there is nothing to check, or null. */
  readonly skips?: (simulator: Simulator, candidate: Candidate) => string | null;
  run(desk: Desk): Promise<string | null>;
}

/** The stories that make the score for one provider, in order. */
export function checksFor(simulator: Simulator): readonly Check[] {
  return [...PLAIN, ...simulator.forms.map(formCheck), ...REPEATS, ...REFUSALS, ...PATIENCE];
}

const PLAIN: readonly Check[] = [
  {
    name: 'a card is charged',
    run: async (desk) => wrongWithApproval(desk, await desk.play(await desk.prepare())),
  },
  {
    name: 'a card is stored',
    skips: ({ operations }) => (operations.includes('tokenize') ? null : 'the provider stores none'),
    run: async (desk) => wrongWithApproval(desk, await desk.play(await desk.prepare({ operation: 'tokenize' }))),
  },
  {
    name: 'a bank account is charged',
    skips: (simulator) => (simulator.tenders.includes('bank_account') ? null : 'the provider takes none'),
    run: async (desk) => wrongWithApproval(desk, await desk.play(await desk.prepare({ tender: desk.candidate.bank }))),
  },
  {
    name: 'two calls are two charges',
    async run(desk) {
      const [first, second] = [await desk.play(await desk.prepare()), await desk.play(await desk.prepare())];
      const same = first.ending.id !== null && first.ending.id === second.ending.id;
      return notApproved(first) ?? notApproved(second) ?? (same ? 'both have the same id' : null);
    },
  },
];

function formCheck(form: BodyForm): Check {
  return {
    name: `takes ${form.name}`,
    async run(desk) {
      const call = await desk.prepare(form.of(desk.candidate.newCall()));
      return wrongWithApproval(desk, await desk.play(call, { next: form.next }));
    },
  };
}

const REPEATS: readonly Check[] = [
  {
    name: 'a repeat is answered alike',
    async run(desk) {
      const [first, second] = await playTwice(desk, await desk.prepare());
      return notApproved(first) ?? differenceOf(first, second);
    },
  },
  {
    name: 'a repeat is not charged again',
    async run(desk) {
      const [first, second] = await playTwice(desk, await desk.prepare());
      return notApproved(first) ?? doubled(first, second);
    },
  },
  {
    name: 'repeats at the same time are charged once',
    async run(desk) {
      const call = await desk.prepare();
      const played = await Promise.all([desk.play(call), desk.play(call), desk.play(call)]);
      const approved = played.some(({ ending }) => ending.verdict === 'approved');
      return doubled(...played) ?? (approved ? null : 'none of them was approved');
    },
  },
  {
    name: 'a repeat finds the charge whose answer was lost',
    skips: ({ persistence }) => (persistence.deliveries > 2 ? null : 'the provider does not repeat'),
    async run(desk) {
      const played = await desk.play(await desk.prepare(), { loseAnswers: true });
      return notApproved(played) ?? doubled(played);
    },
  },
  {
    name: 'a repeat with another amount is not charged',
    async run(desk) {
      const call = await desk.prepare();
      const first = await desk.play(call);
      const changed = await desk.play({ ...call, amount: `1${call.amount}` });
      return notApproved(first) ?? doubled(first, changed);
    },
  },
  {
    name: 'a repeat with another tender is not charged',
    async run(desk) {
      const call = await desk.prepare();
      const first = await desk.play(call);
      const changed = await desk.play({ ...call, tender: otherTender(desk) });
      return notApproved(first) ?? doubled(first, changed);
    },
  },
];

const REFUSALS: readonly Check[] = [
  {
    name: 'a declined card is told as declined',
    async run(desk) {
      const played = await desk.play(await desk.prepare({ tender: desk.candidate.declined }));
      return played.ending.verdict === 'failed' ? faultOf(desk, played) : `it was ${said(played.ending)}`;
    },
  },
  {
    name: 'a decline is repeated alike',
    async run(desk) {
      const [first, second] = await playTwice(desk, await desk.prepare({ tender: desk.candidate.declined }));
      return first.ending.verdict === 'failed' ? differenceOf(first, second) : `it was ${said(first.ending)}`;
    },
  },
  {
    name: 'another card after a decline is charged',
    skips: ({ asksAgain }) => (asksAgain ? null : 'the provider asks for none in the same transaction'),
    async run(desk) {
      const { candidate } = desk;
      const call = await desk.prepare({ tender: candidate.declined, thenTender: candidate.newCall().tender });
      const played = await desk.play(call);
      return wrongWithApproval(desk, played) ?? doubled(played);
    },
  },
  {
    name: 'a wrong password charges nothing',
    run: (desk) => {
      const { simulator, candidate } = desk;
      const wrong = { ...candidate.line.login, password: new Secret('not the password') };
      return playBadlySignedIn(desk, (call, _right, before) => simulator.next(call, wrong, before));
    },
  },
  {
    name: 'missing credentials charge nothing',
    run: (desk) =>
      playBadlySignedIn(desk, (...given) => {
        const request = desk.simulator.next(...given);
        return request === null ? null : unsigned(request);
      }),
  },
];

const PATIENCE: readonly Check[] = [
  {
    name: "every answer came within the provider's patience",
    async run(desk) {
      const [late, { deliveryMs }] = [desk.timeouts(), desk.simulator.persistence];
      return late === 0 ? null : `${late} deliveries were not answered within ${deliveryMs / 1000} s`;
    },
  },
  {
    name: 'a charge that takes longer than one delivery is approved, once',
    skips: ({ persistence }, { slowAmount }) => {
      if (persistence.deliveries === 1) return 'the provider does not repeat';
      return slowAmount === null ? 'no --slow-amount is known' : null;
    },
    async run(desk) {
      const amount = desk.candidate.slowAmount;
      const played = await desk.play(await desk.prepare(amount === null ? {} : { amount }));
      return notApproved(played) ?? doubled(played);
    },
  },
];

async function playTwice(desk: Desk, call: Call): Promise<readonly [Played, Played]> {
  return [await desk.play(call), await desk.play(call)];
}

/** Whatever else a caller could pay with: an account, or else the same card with another year. */
function otherTender({ simulator, candidate }: Desk): NewTender {
  const { tender } = candidate.newCall();
  if (simulator.tenders.includes('bank_account') || tender.kind === 'bank_account') return candidate.bank;
  return { ...tender, expiry: { ...tender.expiry, year: tender.expiry.year + 1 } };
}

function unsigned(request: WireRequest): WireRequest {
  const { Authorization: _right, ...headers } = request.headers;
  return { ...request, headers };
}

async function playBadlySignedIn(desk: Desk, next: Next): Promise<string | null> {
  const { ending } = await desk.play(await desk.prepare(), { next });
  if (ending.verdict === 'approved') return 'it was approved';
  return ending.verdict === 'silent' ? 'it was not answered' : null;
}

function wrongWithApproval(desk: Desk, played: Played): string | null {
  return notApproved(played) ?? faultOf(desk, played);
}

function notApproved({ ending }: Played): string | null {
  return ending.verdict === 'approved' ? null : `it was ${said(ending)}`;
}

function said({ verdict, code }: Ending): string {
  const words = { approved: 'approved', failed: 'refused', malformed: 'answered unreadably', silent: 'not answered' };
  return code === null ? words[verdict] : `${words[verdict]} with ${JSON.stringify(code)}`;
}

function faultOf({ simulator }: Desk, { call, deliveries }: Played): string | null {
  const faults = deliveries.flatMap((delivery) => simulator.faults(call, exchangeOf(delivery)));
  return faults.length === 0 ? null : faults.join('; ');
}

function differenceOf(first: Played, second: Played): string | null {
  const [a, b] = [first.ending, second.ending];
  const same = a.verdict === b.verdict && a.id === b.id && a.code === b.code;
  return same
    ? null
    : `first it was ${said(a)}, then ${said(b)}${a.id !== null && b.id !== null ? ' with another id' : ''}`;
}

function doubled(...played: readonly Played[]): string | null {
  const ids = new Set(played.flatMap((one) => one.ids));
  return ids.size > 1 ? `${ids.size} different ids were given for one transaction` : null;
}
