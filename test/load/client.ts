/**
 * The load generator: keep-alive connections that post prepared bodies, in a closed loop (as fast as answers come) or an
 * open one (at a given rate, whatever the answers do). Decides when a request is sent and when it counts as answered;
 * an answer that is no approval ends the measurement.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  /** The header's value. */
  readonly authorization: string;
}

/** One keep-alive connection with at most one request under way. */
class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = '';
  #answered = () => {};
  #failed = (_error: Error) => {};

  constructor(socket: Socket, { path, authorization }: Target) {
    this.#socket = socket;
    this.#head =
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n` +
      'Content-Type: application/json\r\nContent-Length: ';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('close', () => this.#failed(new Error('the server closed a connection under load')));
    // What follows an error is 'close'.
    socket.on('error', () => {});
  }

  /** Posts an ASCII body. @throws where the answer is no approval. */
  post(body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(`${this.#head}${body.length}\r\n\r\n${body}`, 'latin1');
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
    const answer = this.#received;
    this.#received = '';
    if (answer.includes('"error_code":null')) this.#answered();
    else this.#failed(new Error(`the server answered ${answer.slice(0, 12)}, without an approval`));
  }
}

/** Connections to one target, kept from request to request. */
export class Pool {
  readonly #target: Target;
  readonly #all: Connection[] = [];
  readonly #free: Connection[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** Opens connections until there are so many. */
  async grow(connections: number): Promise<void> {
    while (this.#all.length < connections) this.#free.push(await this.#open());
  }

  async post(body: string): Promise<void> {
    const connection = this.#takeFree() ?? (await this.#open());
    await connection.post(body);
    this.#free.push(connection);
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
    const socket = connect(this.#target.port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
    const connection = new Connection(socket, this.#target);
    this.#all.push(connection);
    return connection;
  }
}

/**
 * Each connection posts the next body as soon as its last one is answered.
 * @returns requests per second.
 */
export async function closedLoop(target: Target, bodies: readonly string[], connections: number): Promise<number> {
  const pool = new Pool(target);
  await pool.grow(connections);
  const next = bodies.values();
  const work = async () => {
    for (const body of next) await pool.post(body);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - start) / 1000;
  pool.close();
  return bodies.length / seconds;
}

/**
 * Posts the bodies at times fixed beforehand. A latency counts from the time at which its request was due, so that a
 * server that holds up the generator cannot hide what it costs (no coordinated omission).
 * @param rate requests per second
 * @returns milliseconds, ascending
 */
export async function openLoop(target: Target, bodies: readonly string[], rate: number): Promise<readonly number[]> {
  const pool = new Pool(target);
  await pool.grow(OPEN_LOOP_CONNECTIONS);
  const start = performance.now() + 1;
  const latencies: number[] = [];
  const posts: Promise<void>[] = [];
  const post = async (body: string, due: number) => {
    await pool.post(body);
    latencies.push(performance.now() - due);
  };
  for (const [i, body] of bodies.entries()) {
    const due = start + (i * 1000) / rate;
    await reach(due);
    posts.push(post(body, due));
  }
  await Promise.all(posts);
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
