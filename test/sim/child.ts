/**
 * Goes through one world in a process of its own, because the engine there may be another than the one on disk. Told what
 * to do by its argument, a `Job` as JSON; tells what it finds to whoever has started it.
 */
import { takeOverRandomness } from './chance.ts';
import { explore, wander } from './explore.ts';
import type { Job, News } from './jobs.ts';
import { LARGE_WORLDS } from './large-worlds.ts';
import { SMALL_WORLDS } from './worlds.ts';

takeOverRandomness();

const tell = (news: News) => process.send?.(news);

const { worldName, seed, runs, withinMs }: Job = JSON.parse(process.argv[2] ?? '');
const world = [...SMALL_WORLDS, ...LARGE_WORLDS].find(({ name }) => name === worldName);
if (world === undefined) throw new Error(`there is no world '${worldName}'`);

const limits = { withinMs, progress: (findings: News['findings']) => void tell({ isLast: false, findings }) };
const findings = await (seed === null ? explore(world, limits) : wander(world, seed, runs, limits));
tell({ isLast: true, findings });
process.disconnect?.();
