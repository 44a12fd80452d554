/** The command line: what an operator does by hand. Decides the commands and their words; each does its work elsewhere. */
import { Command, InvalidArgumentError, Option } from 'commander';
import pkg from '../../package.json' with { type: 'json' };
import { loadConfig } from '../config.ts';
import { OPEN_STATES, type OpenState } from '../engine/by-hand.ts';
import { reasonOf } from '../failure.ts';
import { adminKey } from './admin-key.ts';
import { listAttempts, resolveAttempt } from './attempts.ts';
import { addCallCommands } from './call/commands.ts';
import { doctor } from './doctor.ts';
import { init } from './init.ts';
import type { Output } from './output.ts';
import { sandboxLedger, sandboxSettle } from './sandbox.ts';

/** As the API limits the names of merchants. */
const MAX_NAME = 100;

const outputOf = (options: { readonly json?: true }): Output => ({
  json: options.json === true,
  write(text) {
    process.stdout.write(text);
  },
});

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME)
    throw new InvalidArgumentError(`It must have 1 to ${MAX_NAME} characters.`);
  return name;
}

function fail(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}

// A reader that has seen enough, as `head` has, is no failure; the command still ends its work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail('The output cannot be written.');
});

const program = new Command('npm run -s cli --')
  .description('Tollbridge: one bridge from phone calls to payment processors')
  .version(pkg.version)
  .helpCommand('help [command]', 'list the commands, or explain one')
  .showHelpAfterError();

program
  .command('init')
  .description('make a platform, an active merchant, an admin key and a connector key; also while the server runs')
  .option('--json', 'print one JSON object')
  .option('--platform <name>', "the platform's name", nameOf, 'Platform')
  .option('--merchant <name>', "the merchant's name", nameOf, 'Merchant')
  .action((options) => init(loadConfig(process.env), options, outputOf(options)));

program
  .command('admin-key')
  .description("make another admin key for a platform whose own is lost; the platform's other keys stay as they are")
  .argument('<platform-id>', 'as init or the first start printed it')
  .option('--json', 'print one JSON object')
  .action(async (platformId: string, options) => {
    const made = await adminKey(loadConfig(process.env), platformId, outputOf(options));
    if (!made) fail('This store has no such platform.');
  });

program
  .command('doctor')
  .description('check the store, the processor, the clock and PUBLIC_URL, and print what to type at each provider')
  .option('--json', 'print one JSON object')
  .action(async (options) => {
    const well = await doctor(loadConfig(process.env), outputOf(options));
    if (!well) process.exitCode = 1;
  });

const sandbox = program.command('sandbox').description('look into the sandbox processor, and move its time on');

sandbox
  .command('ledger')
  .description('list what the sandbox really charged, tokenized, gave back, settled or closed')
  .option('--json', 'print one JSON array')
  .action((options) => sandboxLedger(loadConfig(process.env), outputOf(options)));

sandbox
  .command('settle')
  .description('settle a payin, or every one, so that it is refunded and no longer voided; also while the server runs')
  .argument('[payin_id]', 'one payin')
  .option('--json', 'print one JSON object')
  .action(async (payin, options) => {
    const known = await sandboxSettle(loadConfig(process.env), payin ?? null, outputOf(options));
    if (!known) process.exitCode = 1;
  });

const attempts = program.command('attempts').description('what was sent and of which nobody knows what became');

attempts
  .command('list')
  .description('list them, oldest first: payments, captures, and what was being given back')
  .addOption(new Option('--state <state>', 'only those').choices(OPEN_STATES))
  .option('--json', 'print one JSON array')
  .action(async (options: { state?: OpenState; json?: true }) => {
    const states = options.state === undefined ? OPEN_STATES : [options.state];
    await listAttempts(loadConfig(process.env), states, outputOf(options));
  });

attempts
  .command('resolve')
  .description("end one of them by your word, after a look at the processor's own books; its word goes before yours")
  .argument('<attempt>', 'as `attempts list` shows it')
  .argument('[follow-up]', 'where it is about a capture, a void or a refund')
  .addOption(new Option('--done', 'the processor did it').conflicts('notDone'))
  .addOption(new Option('--not-done', 'the processor did not, and never will'))
  .option('--force', 'also where the processor cannot be asked, or has not decided yet')
  .option('--json', 'print one JSON object')
  .action(async (attempt: string, followUp: string | undefined, options) => {
    if (!options.done && !options.notDone) return fail('Say --done or --not-done.');
    const word = options.done ? 'done' : 'not_done';
    const said = { attempt, followUp: followUp ?? null, word, force: options.force === true } as const;
    if (!(await resolveAttempt(loadConfig(process.env), said, outputOf(options)))) process.exitCode = 1;
  });

addCallCommands(program, outputOf({}).write);

program.parseAsync().catch((error: unknown) => fail(reasonOf(error)));
