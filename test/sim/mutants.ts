/**
 * The engine with one of its guards taken out, by replacing a text of one module while it is loaded: for the simulation
 * and the chaos run, which must notice each. The guards are those that the exploration of the rules found necessary
 * (docs/exactly-once.md). Decides what is replaced by what; how, is rewrite.mjs.
 */
import { fileURLToPath } from 'node:url';

/** A text that occurs exactly once in a file, and what stands there instead. `file` from the root of the repository. */
export interface Rewrite {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** One guard, and the engine without it. */
export interface Mutant extends Rewrite {
  readonly guard: string;
  /** The small world in which the simulation looks first. */
  readonly world: string;
}

/** Each guard of the last line of the model's page, in its order; then those of captures and of late approvals. */
export const MUTANTS: readonly Mutant[] = [
  {
    guard: 'reserve',
    world: 'two cards, abandon',
    file: 'src/engine/reserve.ts',
    from: "existing === null ? { insert: 'attempts', record: reserved } : { replace: 'attempts', record: reserved },\n",
    to: "...(existing === null ? [] : [{ replace: 'attempts', record: reserved } as const]),\n",
  },
  {
    guard: 'claim',
    world: 'two cards, abandon',
    file: 'src/engine/reserve.ts',
    from: 'return applied === writes.length || applied ===',
    to: 'return applied === 1 || applied === writes.length || applied ===',
  },
  {
    guard: 'nonce of the claim',
    world: 'two deliveries at once and a lost message, unproven',
    file: 'src/engine/reserve.ts',
    from: 'stored?.active?.nonce !== active.nonce',
    to: 'stored?.active?.attempt !== active.attempt',
  },
  {
    guard: 'epoch',
    world: 'two cards and a reconciler ahead of time, abandon',
    file: 'src/engine/reconcile.ts',
    from: "      if ((await store.apply({ replace: 'chargeables', record: bumped })) === 0) return postpone(attempt);\n",
    to: '',
  },
  {
    guard: 'fence on not_sent',
    world: 'two cards and a reconciler ahead of time, abandon',
    file: 'src/engine/attempt.ts',
    from: `      case 'pass_on':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown' && attempt.state !== 'manual') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;`,
    to: `      case 'pass_on':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown' && attempt.state !== 'manual') return null;
        if (attempt.generation !== event.generation) return null;`,
  },
  {
    guard: 'generation',
    world: 'two deliveries at once and a card, unreachable then approved, abandon',
    file: 'src/engine/chargeable.ts',
    from: 'chargeable.active?.attempt !== attempt || chargeable.active.generation !== generation',
    to: 'chargeable.active?.attempt !== attempt',
  },
  {
    guard: 'settle before release',
    world: 'two deliveries at once and a card, declined then approved, unproven',
    file: 'src/engine/settle.ts',
    from: `          method,
          { replace: 'attempts', record: next },
          { replace: 'chargeables', record: freed },
`,
    to: `          method,
          { replace: 'chargeables', record: freed },
          { replace: 'attempts', record: next },
`,
  },
  {
    guard: 'joining',
    world: 'three deliveries and a fault, abandon',
    file: 'src/engine/pay.ts',
    from: 'if (existing !== null && !mayOpen(existing, chargeable, nonce, clock.now())) {',
    to: "if (existing !== null && existing.state !== 'reserved' && existing.state !== 'not_sent') {",
  },
  {
    guard: 'abandon',
    world: 'two cards and a reconciler ahead of time, abandon',
    file: 'src/engine/look.ts',
    from: "    if (how === 'abandon' && processor.abandon !== undefined) return await processor.abandon(sent);\n",
    to: '',
  },
  {
    guard: "the refund's hold",
    world: 'two partial refunds and a fault, abandon',
    file: 'src/engine/reversal.ts',
    from: 'if (amount > left || amount === 0)',
    to: 'if (amount === 0)',
  },
  {
    guard: 'only who holds sends',
    world: 'two captures and a fault, unproven',
    file: 'src/engine/perform.ts',
    from: 'if (followUp.owner === task.owner) start(attempt, followUp);',
    to: 'start(attempt, followUp);',
  },
  {
    guard: 'absent is not failed',
    world: 'two captures and a fault, unproven',
    file: 'src/engine/follow-up-outcomes.ts',
    from: "return absence === 'abandon' ? NOT_MADE : lookLater;",
    to: 'return NOT_MADE;',
  },
  {
    guard: 'no void beside a capture',
    world: 'a capture, a void and a fault, abandon',
    file: 'src/engine/reversal.ts',
    from: "  if (capturesOf(attempt).some(isOpen)) throw new Refused('PAYIN_BUSY', 'payin_id');\n",
    to: '',
  },
  {
    guard: 'no capture beside a void',
    world: 'a capture, a void and a fault, abandon',
    file: 'src/engine/authorization.ts',
    from: 'if (standingCapture(attempt) !== null || reversalsOf(attempt).some(isOpen)) {',
    to: 'if (standingCapture(attempt) !== null) {',
  },
  {
    guard: 'told before it is said',
    world: 'a late approval, two deliveries and a reconciler, abandon',
    file: 'src/engine/join.ts',
    from: "if (attempt.state !== 'approved' || attempt.reverseLate !== true) return answerFrom(attempt, via);",
    to: 'return answerFrom(attempt, via);',
  },
  {
    guard: 'what was told stays',
    world: 'a late approval, two deliveries and a reconciler, abandon',
    file: 'src/engine/attempt.ts',
    from: '        if (!owesBack(attempt)) return null;\n        return followed',
    to: '        return followed',
  },
];

/** How Node is started on this project's TypeScript with these texts replaced: its first arguments, and its environment. */
export const startedWith = (...rewrites: readonly Rewrite[]) => ({
  args: ['--import', fileURLToPath(new URL('rewrite.mjs', import.meta.url)), '--import', 'tsx'],
  env: {
    ...process.env,
    TOLLBRIDGE_REWRITES: JSON.stringify(rewrites.map(({ file, from, to }) => ({ file, from, to }))),
  },
});
