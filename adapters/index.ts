/** The adapters, in alphabetical order. */
import type { Adapter } from '../src/core/adapter.ts';
import { twilio } from './twilio/adapter.ts';

export const adapters: readonly Adapter<unknown>[] = [twilio];
