/* Made by `npm run schemas` from echeck.schema.json: change it there. */

export type Amount = string;
export type Digits = string;

/**
 * The payment of a cart from a bank account. PaymentExpress, taking payments by voice; the authorization reference is ours. Numbers are read as the texts that they were written as.
 */
export interface EcheckBody {
  readonly amounts: {
    readonly primary: Amount;
    readonly fees: Amount;
    readonly total: Amount;
  };
  readonly accountNumber: Digits;
  readonly routingNumber: Digits;
  readonly withdrawalType: 'Checking' | 'Savings';
  readonly authorizationReference?: string | null;
}
