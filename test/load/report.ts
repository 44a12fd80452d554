/** What the bench found, as one JSON object and as a table, each figure beside the target that the design sets for it. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { CORES, PINNED, type ServerName } from './child.ts';
import { median } from './client.ts';
import type { Latency, Row, Throughput } from './measure.ts';

export interface Findings {
  readonly throughput: Throughput;
  readonly latency: Latency;
  /** By the adapters' names. */
  readonly byAdapter: Readonly<Record<string, Row>>;
  /** Milliseconds. */
  readonly start: number;
  readonly slowNeighbour: number;
  readonly charges: number;
}

/** One value a round: what a charge reaches of the other server's throughput in the same round. */
function ratios({ rates }: Throughput, other: ServerName): readonly number[] {
  return rates.charge.map((rate, round) => rate / (rates[other][round] ?? Number.NaN));
}

/** Ratios and growths as shares of one, times in milliseconds, rates in requests per second. */
export function toJson({ throughput, latency, byAdapter, start, slowNeighbour, charges }: Findings) {
  const { rates, rssGrowth } = throughput;
  const rows = Object.entries(byAdapter).map(([name, row]) => [
    name,
    {
      per_s: Math.round(median(row.rates)),
      p50_ms: round(row.latency.p50, 2),
      p99_ms: round(row.latency.p99, 2),
    },
  ]);
  return {
    ratio_to_echo: round(median(ratios(throughput, 'echo')), 3),
    ratio_to_floor: round(median(ratios(throughput, 'floor')), 3),
    p50_ms: round(latency.p50, 2),
    p99_ms: round(latency.p99, 2),
    start_ms: Math.round(start),
    rss_growth: round(rssGrowth, 3),
    slow_neighbour: round(slowNeighbour, 3),
    echo_per_s: Math.round(median(rates.echo)),
    floor_per_s: Math.round(median(rates.floor)),
    charge_per_s: Math.round(median(rates.charge)),
    adapters: Object.fromEntries(rows),
    charges,
    node: process.version,
    cores: CORES,
    pinned: PINNED,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export function toTable(findings: Findings): string {
  const found = toJson(findings);
  const { throughput } = findings;
  const between = (values: readonly number[], digits: number) =>
    `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
  const judged = (text: string, good: boolean) => (good ? pc.green(text) : pc.red(text));
  const atLeast = (name: string, value: number, target: number, spread: string) => [
    name,
    judged(String(value), value >= target),
    spread,
    `at least ${target}`,
  ];
  const atMost = (name: string, value: number, target: number) => [
    name,
    judged(String(value), value <= target),
    '',
    `at most ${target}`,
  ];
  const plain = (name: string, rates: readonly number[]) => [
    name,
    String(Math.round(median(rates))),
    between(rates, 0),
    '',
  ];

  const table = new Table({ head: ['figure', 'measured', 'rounds', 'target'] });
  table.push(
    plain('echo, requests/s', throughput.rates.echo),
    plain('floor, requests/s', throughput.rates.floor),
    plain('charge, requests/s', throughput.rates.charge),
    atLeast('charge to echo', found.ratio_to_echo, 0.4, between(ratios(throughput, 'echo'), 3)),
    atLeast('charge to floor', found.ratio_to_floor, 0.75, between(ratios(throughput, 'floor'), 3)),
    atMost('added at 200/s, median, ms', found.p50_ms, 3),
    atMost('added at 200/s, 99th percentile, ms', found.p99_ms, 25),
    atMost('start to first answer, ms', found.start_ms, 1_000),
    atMost('growth of resident memory', found.rss_growth, 0.1),
    atMost("a hanging neighbour's effect on the 99th percentile", found.slow_neighbour, 0.1),
  );
  const byAdapter = new Table({ head: ['charges by', 'a second', 'rounds', 'added, median, ms', '99th percentile'] });
  for (const [name, { rates, latency }] of Object.entries(findings.byAdapter)) {
    byAdapter.push([...plain(name, rates).slice(0, 3), latency.p50.toFixed(2), latency.p99.toFixed(2)]);
  }
  const where = PINNED ? 'the servers on one core, the generator on another' : 'all on the same cores';
  return `${table}\n${byAdapter}\n${found.charges} charges; Node ${found.node}, ${CORES} cores, ${where}.\n`;
}
