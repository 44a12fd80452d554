/** `cli snippet`: the document that an application serves to its provider, so that a real call reaches this server. */
import type { Config } from '../../config.ts';
import { Explained } from '../../failure.ts';
import type { Output } from '../output.ts';
import { callOf, type PaymentOptions, parametersNaming, simulatorNamed, urlOf } from './options.ts';

/** As commander gives them. */
export interface SnippetOptions extends PaymentOptions {
  readonly config?: string;
  readonly url?: string;
}

/** Writes the document and nothing else. @throws {Explained} */
export function printSnippet(config: Config, provider: string, options: SnippetOptions, write: Output['write']): void {
  const simulator = simulatorNamed(provider);
  const call = callOf(simulator, options);
  const { config: id } = options;
  if (id === undefined && simulator.pays === 'config')
    throw new Explained('--config is needed: the config to be paid.');
  const named = id === undefined ? {} : parametersNaming(simulator, call.operation, id);
  const parameters = { ...named, ...call.parameters };
  const reached = options.url ?? config.server.publicUrl ?? `http://localhost:${config.server.port}`;
  const baseUrl = urlOf(reached).href.replace(/\/+$/, '');
  write(simulator.snippet({ ...call, description: null, tender: call.tender.kind, parameters, baseUrl }));
}
