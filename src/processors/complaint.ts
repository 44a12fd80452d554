/**
 * What keeps a processor from being asked at all and only whoever runs the server can mend. Decides what is told of it; a
 * caller hears that the payment could not be started, and where it is written is the runtime's.
 */

/** Never the credentials themselves. */
export interface Complaint {
  /** `credentials_refused`: the processor does not take what the setting holds. `setting_missing`: it is needed. */
  readonly kind: 'credentials_refused' | 'setting_missing';
  /** Its name in the environment. */
  readonly setting: string;
  /** The account at the processor that was asked for, where a merchant's routing names one. */
  readonly account: string | null;
}

/** Never throws. */
export type Complain = (complaint: Complaint) => void;
