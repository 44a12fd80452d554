/** What a first start shows to paste: one provider's delivery of a charge. Here, because src names no provider. */

/** Ten dollars from a test card; the key goes before it as HTTP Basic, user name `api_key`. */
export const demoCharge = {
  /** As people call the provider. */
  provider: 'Twilio',
  adapter: 'twilio',
  path: '/vendor/twilio/pay_generic',
  bodyFor: (transactionId: string, configId: string) => ({
    method: 'charge',
    transaction_id: transactionId,
    cardnumber: '4111111111111111',
    cvv: '123',
    expiry_month: '12',
    expiry_year: '30',
    postal_code: '94111',
    amount: '10.00',
    currency_code: 'USD',
    description: 'pizza',
    parameters: { payin_config_id: configId },
  }),
} as const;
