/** Where this server is reached, for whoever prints it: nothing is decided by it, and no request's Host is asked. */
import type { Config } from './config.ts';

/** URLs without a slash at the end. */
export interface Addresses {
  readonly baseUrl: string;
  /** For what carries tender data; the same, unless `VAULT_PORT` is set. */
  readonly tenderUrl: string;
}

/** @param ports those in use, where the settings leave the choice. */
export function addressesOf(
  { server }: Config,
  ports: { readonly port: number; readonly vaultPort: number | null } = server,
): Addresses {
  const baseUrl = server.publicUrl ?? `http://localhost:${ports.port}`;
  if (ports.vaultPort === null) return { baseUrl, tenderUrl: baseUrl };
  const url = new URL(baseUrl);
  url.port = String(ports.vaultPort);
  return { baseUrl, tenderUrl: server.vaultPublicUrl ?? url.href.replace(/\/+$/, '') };
}
