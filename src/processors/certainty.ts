/** What a processor makes of a send that it could not see the end of, once it has looked. */
import type { Finding, SendOutcome } from '../core/processor.ts';

/** Nothing left, or nothing will come of what did. */
export const NOT_SENT: SendOutcome = { kind: 'not_sent' };
/** Whatever is not certain. */
export const UNKNOWN: SendOutcome = { kind: 'unknown' };

/** @param absent what it means of this send that there is nothing of it. */
export function outcomeOf(finding: Finding, absent: SendOutcome): SendOutcome {
  switch (finding.kind) {
    case 'approved':
    case 'declined':
    case 'closed':
      return finding;
    case 'absent':
      return absent;
    case 'open':
    case 'unavailable':
      return UNKNOWN;
  }
}
