/** The adapters, in alphabetical order. */
import type { AnyAdapter } from '../src/core/adapter.ts';
import { cart } from './cart/adapter.ts';
import { generic } from './generic/adapter.ts';
import { signalwire } from './signalwire/adapter.ts';
import { telnyx } from './telnyx/adapter.ts';
import { twilio } from './twilio/adapter.ts';

/** What the server mounts and `cli doctor` prints. A new adapter takes its place here and touches nothing else. */
export const adapters: readonly AnyAdapter[] = [cart, generic, signalwire, telnyx, twilio];
