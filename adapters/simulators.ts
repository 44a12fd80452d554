/** The providers' simulators, in alphabetical order. Apart from the adapters, for no server needs them. */
import type { Simulator } from '../src/core/simulator.ts';
import { cartSimulator } from './cart/simulator.ts';
import { genericSimulator } from './generic/simulator.ts';
import { signalwireSimulator } from './signalwire/simulator.ts';
import { telnyxSimulator } from './telnyx/simulator.ts';
import { twilioSimulator } from './twilio/simulator.ts';

/** What the command line can play. */
export const simulators: readonly Simulator[] = [
  cartSimulator,
  genericSimulator,
  signalwireSimulator,
  telnyxSimulator,
  twilioSimulator,
];
