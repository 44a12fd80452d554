/** The commands that play a provider, in words: `call`, `conform` and `snippet`. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../config.ts';
import type { Output } from '../output.ts';
import { call } from './call.ts';
import { scoreConnector } from './conform.ts';
import { configOf, PROVIDERS, USUAL_BANK, USUAL_CARD, USUAL_DECLINED_CARD } from './options.ts';
import { printSnippet } from './snippet.ts';

/** Adds them to the program. */
export function addCallCommands(program: Command, write: Output['write']): void {
  const key = new Option('--key <key>', 'an API key; made for the moment where the store is at hand').env(
    'TOLLBRIDGE_KEY',
  );
  withPayment(program.command('call').argument('<provider>', PROVIDERS))
    .description('play a whole call without a telephone: caller, provider and application')
    .option('--url <url>', 'where the server is reached (default: this machine, at PORT)')
    .addOption(key)
    .option('--config <id>', 'the config to pay; made when it is left out and the key may', configOf)
    .option('--then-card <number>', 'the card that the caller tries after a decline, where the provider asks again')
    .option('--storm <count>', 'play that many calls and print their sum')
    .option('--lose-answers', "lose each call's first answers, as networks do, so that the provider repeats")
    .option('--json', 'print one JSON object')
    .action(async (provider, options) => {
      const well = await call(loadConfig(process.env), provider, options, { json: options.json === true, write });
      if (!well) process.exitCode = 1;
    });

  program
    .command('conform <url>')
    .description("play a provider against a connector, this server's or anybody's, and score it check by check")
    .requiredOption('--as <provider>', `the provider to play: ${PROVIDERS}`)
    .addOption(key)
    .option('--user <name>', "for somebody else's connector: the user name")
    .addOption(new Option('--password <password>', 'and the password').env('CONNECTOR_PASSWORD'))
    .option('--parameter <name=value...>', 'the custom parameters that it needs')
    .option('--amount <dollars>', 'what it approves', '10.00')
    .option('--card <number>', 'a card that it approves', USUAL_CARD)
    .option('--declined-card <number>', 'a card that it declines', USUAL_DECLINED_CARD)
    .option('--bank <routing/account>', 'an account that it approves', USUAL_BANK)
    .option(
      '--slow-amount <dollars>',
      'an amount that takes longer than the provider waits (a sandbox of ours has one)',
    )
    .option('--json', 'print one JSON object')
    .action(async (url, options) => {
      const well = await scoreConnector(loadConfig(process.env), url, options, { json: options.json === true, write });
      if (!well) process.exitCode = 1;
    });

  withPayment(program.command('snippet').argument('<provider>', PROVIDERS))
    .description("print the document that makes a real call of the provider's reach this server")
    .option('--config <id>', 'the config that the call pays, where it pays one', configOf)
    .option('--url <url>', 'where the provider reaches the server (default: PUBLIC_URL, or this machine)')
    .action((provider, options) => printSnippet(loadConfig(process.env), provider, options, write));
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
