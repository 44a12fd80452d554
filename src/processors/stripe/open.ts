/** Opens Stripe from its settings. Decides which host is called. */
import type { Clock } from '../../core/clock.ts';
import type { Processor } from '../../core/processor.ts';
import type { Secret } from '../../core/secret.ts';
import { isTestStripeKey } from '../../settings.ts';
import type { Complain } from '../complaint.ts';
import { openTransport, TRANSPORT_LIMITS } from '../transport.ts';
import { createStripe } from './index.ts';

/** The group `stripe` of the settings. */
export interface StripeSettings {
  readonly secretKey: Secret<string> | null;
  readonly bankAccounts: 'refused' | 'unverified';
  readonly url: string | null;
}

/** Null where no key is set. */
export function openStripe(
  { secretKey, bankAccounts, url }: StripeSettings,
  clock: Clock,
  complain: Complain,
): Processor | null {
  if (secretKey === null) return null;
  return createStripe({
    transport: openTransport({
      origin: url ?? 'https://api.stripe.com',
      plainLoopback: url !== null,
      limits: TRANSPORT_LIMITS,
      clock,
    }),
    clock,
    secretKey,
    sandbox: isTestStripeKey(secretKey),
    bankAccounts: bankAccounts === 'unverified',
    complain,
  });
}
