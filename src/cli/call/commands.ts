/** The commands that play a provider, in words: `call`, to begin with. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../config.ts';
import type { Output } from '../main.ts';
import { call } from './call.ts';
import { USUAL_BANK, USUAL_CARD } from './options.ts';

/** Adds them to the program. */
export function addCallCommands(program: Command, write: Output['write']): void {
  const key = new Option('--key <key>', 'an API key; made for the moment where the store is at hand').env(
    'TOLLBRIDGE_KEY',
  );
  withPayment(program.command('call <provider>'))
    .description('play a whole call without a telephone: caller, provider and application')
    .option('--url <url>', 'where the server is reached (default: this machine)')
    .addOption(key)
    .option('--config <id>', 'the config to pay; made when it is left out and the key may')
    .option('--storm <count>', 'play that many calls and print their sum')
    .option('--lose-answers', "lose each call's first answers, as networks do, so that the provider repeats")
    .option('--json', 'print one JSON object')
    .action(async (provider, options) => {
      const well = await call(loadConfig(process.env), provider, options, { json: options.json === true, write });
      if (!well) process.exitCode = 1;
    });
}

/** What is paid, and with what. */
function withPayment(command: Command): Command {
  return command
    .option('--amount <dollars>', 'what is charged', '10.00')
    .option('--card <number>', 'a test card', USUAL_CARD)
    .option('--bank [routing/account]', `a test account in place of the card (${USUAL_BANK})`)
    .option('--tokenize', 'store the card or account, charge nothing')
    .option('--parameter <name=value...>', "more of the document's custom parameters");
}
