/**
 * The load generator: keep-alive connections to 127.0.0.1 that send prepared requests, in a closed loop (as fast as
 * answers come) or an open one (at a given rate, whatever the answers do). Decides when a request is sent and when it
 * counts as answered; an answer that names an error ends the measurement.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** Of the closed loop. */
export const CONNECTIONS = 64;

/** A whole POST, as it goes over the wire. */
export function requestText(path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** How the errors of all adapters begin: `error_code`, `errorCode`, `error`. */
const ERROR = /"error(?:_?code)?":(?!null)/i;

/** One keep-alive connection with at most one request under way. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #answered = (_body: string) => {};
  #failed = (_error: Error) => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('close', () => this.#failed(new Error('the server closed a connection under load')));
    // What follows an error is 'close'.
    socket.on('error', () => {});
  }

  /** @returns the body of the answer. @throws where it names an error, or is not 200. */
  send(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  /** A server ends connections on which no request comes. */
  get usable(): boolean {
    return this.#socket.writable;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    const length = /\r\ncontent-length: ([0-9]+)/i.exec(this.#received)?.[1];
    if (head < 0 || length === undefined || this.#received.length < head + 4 + Number(length)) return;
    const status = this.#received.slice(0, head).split(' ', 2)[1];
    const body = this.#received.slice(head + 4);
    this.#received = '';
    if (status === '200' && !ERROR.test(body)) this.#answered(body);
    else this.#failed(new Error(`the server answered ${status}: ${body}`));
  }
}

/** Connections to one port, kept from request to request. */
export class Pool {
  readonly #port: number;
  readonly #all: Connection[] = [];
  readonly #free: Connection[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** Opens connections until there are so many. */
  async grow(connections: number): Promise<void> {
    while (this.#all.length < connections) this.#free.push(await this.#open());
  }

  /** As a connection's `send`. */
  async send(request: string): Promise<string> {
    const connection = this.#takeFree() ?? (await this.#open());
    const answer = await connection.send(request);
    this.#free.push(connection);
    return answer;
  }

  #takeFree(): Connection | undefined {
    let connection = this.#free.pop();
    while (connection?.usable === false) connection = this.#free.pop();
    return connection;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  async #open(): Promise<Connection> {
    const socket = connect(this.#port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
    const connection = new Connection(socket);
    this.#all.push(connection);
    return connection;
  }
}

/** What a closed loop comes to. */
export interface Pace {
  readonly perSecond: number;
  /** The body of each answer, in the order of the requests. */
  readonly answers: readonly string[];
}

/** Each connection sends the next request as soon as its last one is answered. */
export async function closedLoop(port: number, requests: readonly string[], connections: number): Promise<Pace> {
  const pool = new Pool(port);
  await pool.grow(connections);
  const next = requests.entries();
  const answers: string[] = [];
  const work = async () => {
    for (const [i, request] of next) answers[i] = await pool.send(request);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - start) / 1000;
  pool.close();
  return { perSecond: requests.length / seconds, answers };
}

/**
 * Sends the requests at times fixed beforehand. A latency counts from the time at which its request was due, so that a
 * server that holds up the generator cannot hide what it costs (no coordinated omission).
 * @param rate requests per second
 * @returns milliseconds, ascending
 */
export async function openLoop(port: number, requests: readonly string[], rate: number): Promise<readonly number[]> {
  const pool = new Pool(port);
  await pool.grow(OPEN_LOOP_CONNECTIONS);
  const start = performance.now() + 1;
  const latencies: number[] = [];
  const sends: Promise<void>[] = [];
  const send = async (request: string, due: number) => {
    await pool.send(request);
    latencies.push(performance.now() - due);
  };
  for (const [i, request] of requests.entries()) {
    const due = start + (i * 1000) / rate;
    await reach(due);
    sends.push(send(request, due));
  }
  await Promise.all(sends);
  pool.close();
  return latencies.sort((a, b) => a - b);
}

/** More are opened where these are not enough. */
const OPEN_LOOP_CONNECTIONS = 16;
/** Node's timers come up to this late; the rest is waited for by turning the event loop. */
const TIMER_SLACK_MS = 2;

async function reach(time: number): Promise<void> {
  const left = time - performance.now();
  if (left > TIMER_SLACK_MS) await sleep(left - TIMER_SLACK_MS);
  while (performance.now() < time) await turn();
}

/** @param ascending at least one value @param share 0.5 for the median, 0.99 for the 99th percentile */
export function percentile(ascending: readonly number[], share: number): number {
  const value = ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)];
  if (value === undefined) throw new Error('a percentile needs a value');
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
