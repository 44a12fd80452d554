/* Made by `npm run schemas` from card.schema.json: change it there. */

export type Amount = string;
export type Digits = string;

/**
 * The payment of a cart with a card. PaymentExpress, taking payments by voice. Numbers are read as the texts that they were written as.
 */
export interface CardBody {
  readonly amounts: {
    readonly primary: Amount;
    readonly fees: Amount;
    readonly total: Amount;
  };
  readonly accountNumber: Digits;
  readonly expirationMonth: Digits;
  readonly expirationYear: Digits;
  readonly securityCode?: string | null;
}
