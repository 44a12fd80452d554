/** A played call in words: what the caller heard, what went over the wire, and what the application got; all masked. */
import pc from 'picocolors';
import type { Json } from '../../core/adapter.ts';
import {
  type Call,
  type Notice,
  SHOWN_LOGIN,
  type Simulator,
  shownCall,
  type WireReply,
} from '../../core/simulator.ts';
import type { Delivery, Fate, Played } from '../../simulate/play.ts';
import type { StormSummary } from '../../simulate/storm.ts';

const SAYS: Readonly<Record<Fate, string>> = {
  heard: 'answered',
  hung_up: 'the connection was cut while the connector worked; nothing was heard',
  lost: 'answered, but the answer was lost on its way back',
  unreachable: 'nobody listens there',
  closed: 'the connection was closed without an answer',
  timeout: "no answer within the provider's patience",
};

/** What was sent, fit to be shown. */
function shownRequest(simulator: Simulator, { call }: Played, url: URL) {
  const { method, headers, body } = simulator.request(shownCall(call), SHOWN_LOGIN);
  const shown = Object.entries(headers).map(([name, value]) => [
    name,
    name === 'Authorization' ? value.replace(/ .*/, ' ****') : value,
  ]);
  return { method, url: `${url.origin}${url.pathname}`, headers: Object.fromEntries(shown), body };
}

/** The text without the account's number, should the connector have repeated it anywhere. */
export function withoutAccount({ tender }: Call, text: string): string {
  const number = tender.kind === 'card' ? tender.number : tender.account;
  return text.replaceAll(number.reveal(), '****');
}

/** One JSON object: `provider`, `caller`, `request`, `deliveries`, `result`, `application`. */
export function callAsJson(simulator: Simulator, played: Played, url: URL): object {
  const { call, deliveries, ending, ids } = played;
  return {
    provider: simulator.name,
    transaction_id: call.transactionId,
    parameters: call.parameters,
    caller: simulator.steps(call),
    request: shownRequest(simulator, played, url),
    deliveries: deliveries.map(({ fate, reply, ms }) => ({ fate, ms, reply })),
    result: { verdict: ending.verdict, id: ending.id, error_code: ending.code, ids },
    application: ending.notices,
    remarks: simulator.remarks(call),
  };
}

/** The same in words, ready to be written. */
export function callAsText(simulator: Simulator, played: Played, url: URL): string {
  const { call, deliveries, ending } = played;
  const request = shownRequest(simulator, played, url);
  const steps = simulator
    .steps(call)
    .flatMap(({ hears, keys }) => [`  hears  ${hears}`, ...(keys === '' ? [] : [`  keys   ${pc.bold(keys)}`])]);
  const headers = Object.entries(request.headers).map(([name, value]) => `  ${name}: ${value}`);
  return [
    heading('The caller'),
    ...steps,
    heading(`${simulator.name} delivers`),
    `  ${request.method} ${request.url}`,
    ...headers,
    '',
    `  ${request.body}`,
    heading('The connector'),
    ...deliveries.flatMap((delivery, index) => deliveryLines(delivery, index + 1)),
    heading(`The application, at ${ending.notices.map(({ to }) => to).join(', ')}`),
    ...ending.notices.flatMap(noticeLines),
    '',
    ...simulator.remarks(call).map((remark) => `${pc.yellow('note')} ${remark}`),
    ending.verdict === 'approved'
      ? pc.green(`approved: ${ending.id}`)
      : pc.red(`${ending.verdict} ${ending.code ?? ''}`),
    '',
  ].join('\n');
}

function heading(title: string): string {
  return `\n${pc.cyan(title)}`;
}

function deliveryLines({ fate, reply, ms }: Delivery, number: number): readonly string[] {
  const says = `  delivery ${number}: ${SAYS[fate]} (${Math.round(ms)} ms)`;
  return reply === null ? [says] : [says, ...replyLines(reply)];
}

function replyLines({ status, contentType, body }: WireReply): readonly string[] {
  return [`  ${status} ${contentType ?? '(no Content-Type)'}`, `  ${printable(body)}`];
}

function noticeLines({ form, fields }: Notice): readonly string[] {
  if (form === 'json' || !isFlat(fields)) return [`  ${JSON.stringify(fields)}`];
  return Object.entries(fields).map(([name, value]) => `  ${printable(`${name}=${String(value)}`)}`);
}

/** A connector's words cannot steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

function isFlat(fields: Json): fields is { readonly [name: string]: Json } {
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields);
}

/** A storm's sum in words, ready to be written. */
export function stormAsText(summary: StormSummary): string {
  const { verdicts, codes, doubled } = summary;
  const rate = summary.ms === 0 ? '' : `, ${Math.round((summary.calls * 1000) / summary.ms)} calls a second`;
  const lines = [
    ['calls', `${summary.calls} in ${(summary.ms / 1000).toFixed(1)} s${rate}`],
    ['repeats', summary.repeats],
    ...Object.entries(verdicts).filter(([, count]) => count > 0),
    ...Object.entries(codes).map(([code, count]) => [`  ${code}`, count]),
    ['different ids', summary.charges],
    ['charged twice', doubled === 0 ? pc.green('0') : pc.red(String(doubled))],
  ];
  return `${lines.map(([name, value]) => `${String(name).padEnd(30)} ${value}`).join('\n')}\n`;
}
