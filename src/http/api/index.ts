/** The routes of our own API. */
import type { Engine } from '../../engine/engine.ts';
import type { ApiRoute } from './route.ts';

export interface ApiOptions {
  readonly patienceMs: number;
}

export function apiRoutes(_engine: Engine, _options: ApiOptions): readonly ApiRoute[] {
  return [];
}
