/** The command line: what an operator does by hand. Decides the commands and their words; each does its work elsewhere. */
import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { reasonOf } from '../failure.ts';
import { addCallCommands } from './call/commands.ts';
import { doctor } from './doctor.ts';
import { init } from './init.ts';
import { sandboxLedger, sandboxSettle } from './sandbox.ts';

/** Where a command writes, and for whom. */
export interface Output {
  /** One JSON object or array instead of words for a person. */
  readonly json: boolean;
  readonly write: (text: string) => void;
}

const write = (text: string) => {
  process.stdout.write(text);
};

const program = new Command('cli')
  .description('Tollbridge: one bridge from phone calls to payment processors')
  .helpCommand('help [command]', 'list the commands, or explain one')
  .showHelpAfterError();

program
  .command('init')
  .description('make a platform, an active merchant, an admin key and a connector key; also while the server runs')
  .option('--json', 'print one JSON object')
  .option('--platform <name>', "the platform's name", 'Platform')
  .option('--merchant <name>', "the merchant's name", 'Merchant')
  .action((options) => init(loadConfig(process.env), options, { json: options.json === true, write }));

program
  .command('doctor')
  .description('check the store, the processor, the clock and PUBLIC_URL, and print what to type at each provider')
  .option('--json', 'print one JSON object')
  .action(async (options) => {
    const well = await doctor(loadConfig(process.env), { json: options.json === true, write });
    if (!well) process.exitCode = 1;
  });

const sandbox = program.command('sandbox').description('look into the sandbox processor, and move its time on');

sandbox
  .command('ledger')
  .description('list what the sandbox really charged, tokenized, gave back, settled or closed')
  .option('--json', 'print one JSON array')
  .action((options) => sandboxLedger(loadConfig(process.env), { json: options.json === true, write }));

sandbox
  .command('settle')
  .description('settle a payin, or every one, so that it is refunded and no longer voided; also while the server runs')
  .argument('[payin_id]', 'one payin')
  .option('--json', 'print one JSON object')
  .action(async (payin, options) => {
    const known = await sandboxSettle(loadConfig(process.env), payin ?? null, { json: options.json === true, write });
    if (!known) process.exitCode = 1;
  });

addCallCommands(program, write);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
});
