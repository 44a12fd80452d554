/** A played call in words: what the caller heard, what went over the wire, and what the application got; all masked. */
import pc from 'picocolors';
import type { Json } from '../../core/adapter.ts';
import { type Notice, shownCall, shownLogin, type WireReply, type WireRequest } from '../../core/simulator.ts';
import { addressOf, type Delivery, exchangeOf, type Fate, type Line, type Played } from '../../simulate/play.ts';
import type { StormSummary } from '../../simulate/storm.ts';

const SAYS: Readonly<Record<Fate, string>> = {
  heard: 'answered',
  hung_up: 'the connection was cut while the connector worked; nothing was heard',
  lost: 'answered, but the answer was lost on its way back',
  unreachable: 'nobody listens there',
  closed: 'the connection was closed without an answer',
  timeout: "no answer within the provider's patience",
};

/** A request in the form in which it may be shown. */
interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
}

/** What was sent, fit to be shown: what the provider sends in a call whose account data is masked. */
function shownRequests({ simulator, login, url }: Line, { call, deliveries }: Played): readonly ShownRequest[] {
  const before = deliveries.map(exchangeOf);
  return before.flatMap((_exchange, place) => {
    const request = simulator.next(shownCall(call), shownLogin(login), before.slice(0, place));
    return request === null ? [] : [shownRequest(request, url)];
  });
}

function shownRequest(request: WireRequest, url: URL): ShownRequest {
  const shown = Object.entries(request.headers).map(([name, value]) => [
    name,
    name === 'Authorization' ? value.replace(/ .*/, ' ****') : value,
  ]);
  const { origin, pathname } = addressOf(url, request);
  return {
    method: request.method,
    url: `${origin}${pathname}`,
    headers: Object.fromEntries(shown),
    body: request.body,
  };
}

/** The text without numbers of accounts and without credentials, should the connector have repeated them anywhere. */
export function withoutSecrets({ call: { tender, thenTender }, deliveries }: Played, text: string): string {
  const numbers = [tender, thenTender].flatMap((one) => {
    if (one === null) return [];
    return [(one.kind === 'card' ? one.number : one.account).reveal()];
  });
  const credentials = deliveries.flatMap(({ request }) => request.headers['Authorization']?.replace(/^\w+ /, '') || []);
  return [...numbers, ...credentials].reduce((shown, secret) => shown.replaceAll(secret, '****'), text);
}

/** One JSON object: `provider`, `caller`, `deliveries`, `result`, `application`. */
export function callAsJson(line: Line, played: Played): object {
  const { simulator } = line;
  const { call, deliveries, ending, ids } = played;
  const requests = shownRequests(line, played);
  return {
    provider: simulator.name,
    transaction_id: call.transactionId,
    parameters: call.parameters,
    caller: simulator.steps(call, deliveries.map(exchangeOf)),
    deliveries: deliveries.map(({ fate, reply, ms }, place) => ({ request: requests[place], fate, ms, reply })),
    result: { verdict: ending.verdict, id: ending.id, error_code: ending.code, ids },
    application: ending.notices,
    remarks: simulator.remarks(call),
  };
}

/** The same in words, ready to be written. */
export function callAsText(line: Line, played: Played): string {
  const { simulator } = line;
  const { call, deliveries, ending } = played;
  const requests = shownRequests(line, played).map(requestLines);
  const steps = simulator
    .steps(call, deliveries.map(exchangeOf))
    .flatMap(({ hears, keys }) => [
      `  hears  ${printable(hears)}`,
      ...(keys === '' ? [] : [`  keys   ${pc.bold(keys)}`]),
    ]);
  return [
    heading('The caller'),
    ...steps,
    ...deliveries.flatMap((delivery, place) => [
      heading(`${simulator.name}, request ${place + 1}`),
      ...againOr(requests[place] ?? [], requests[place - 1] ?? []),
      ...deliveryLines(delivery),
    ]),
    ...(ending.notices.length === 0
      ? []
      : [heading(`The application, at ${ending.notices.map(({ to }) => to).join(', ')}`)]),
    ...ending.notices.flatMap(noticeLines),
    '',
    ...simulator.remarks(call).map((remark) => `${pc.yellow('note')} ${remark}`),
    ending.verdict === 'approved'
      ? pc.green(`approved: ${ending.id}`)
      : pc.red(`${ending.verdict} ${ending.code ?? ''}`),
    '',
  ].join('\n');
}

function requestLines({ method, url, headers, body }: ShownRequest): readonly string[] {
  const named = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  return [`  ${method} ${url}`, ...named, ...(body === null ? [] : ['', `  ${body}`]), ''];
}

function againOr(lines: readonly string[], before: readonly string[]): readonly string[] {
  return lines.join() === before.join() ? ['  the same again'] : lines;
}

function heading(title: string): string {
  return `\n${pc.cyan(title)}`;
}

function deliveryLines({ fate, reply, ms }: Delivery): readonly string[] {
  const says = `  ${SAYS[fate]} (${Math.round(ms)} ms)`;
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
