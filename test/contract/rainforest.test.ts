/**
 * Our API against Rainforest's public contract: a client that was written for it finds every route, and its documented
 * requests are taken. Replies are checked by the client of every API test (test/support/api.ts).
 */
import { expect } from 'chai';
import { NOT_BUILT_ROUTES } from '../../src/http/api/not-built.ts';
import { SCHEMAS } from '../../src/http/api/schemas.ts';
import { compile } from '../../src/http/validate.ts';
import { contract } from '../support/rainforest.ts';

/** The routes of the contract that are built, with the schema of their request where they have one. */
const BUILT: Readonly<Record<string, object | null>> = {
  'POST /v1/api_keys': SCHEMAS.apiKey,
  'GET /v1/api_keys': null,
  'GET /v1/api_keys/{api_key_id}': null,
  'DELETE /v1/api_keys/{api_key_id}': null,
  'POST /v1/api_keys/{api_key_id}/enable': null,
  'POST /v1/api_keys/{api_key_id}/disable': null,
  'POST /v1/payin_configs': SCHEMAS.payinConfig,
  'GET /v1/payin_configs/{payin_config_id}': null,
  'POST /v1/payment_method_configs': SCHEMAS.paymentMethodConfig,
  'GET /v1/payment_method_configs/{payment_method_config_id}': null,
  'POST /v1/payins': SCHEMAS.payin,
  'GET /v1/payins': null,
  'GET /v1/payins/{payin_id}': null,
  'PATCH /v1/payins/{payin_id}/metadata': SCHEMAS.metadata,
  'POST /v1/payins/{payin_id}/capture': SCHEMAS.capture,
  'POST /v1/payins/{payin_id}/void_or_refund': SCHEMAS.voidOrRefund,
  'GET /v1/refunds/{refund_id}': null,
  'POST /v1/payment_methods': SCHEMAS.paymentMethod,
  'GET /v1/payment_methods': null,
  'GET /v1/payment_methods/{payment_method_id}': null,
  'POST /v1/payment_methods/{payment_method_id}/deactivate': null,
  'POST /v1/payment_methods/{payment_method_id}/payin': SCHEMAS.storedPayin,
};

describe("Rainforest's contract", () => {
  if (contract === null) {
    it('is not beside this checkout (../shared/contracts/rainforest), so nothing is held against it');
    return;
  }
  const { routes, examples, faultOfRequest, faultOfReply } = contract;

  it('has each route either built or answered NOT_BUILT', () => {
    const notBuilt = NOT_BUILT_ROUTES.map(([method, path]) => `${method} ${path}`);
    expect([...Object.keys(BUILT), ...notBuilt]).to.have.members(routes);
  });

  for (const { method, path, name, body } of examples) {
    const schema = BUILT[`${method} ${path}`];
    if (schema) it(`has the example "${name}" of ${method} ${path} taken`, () => compile(schema)(body));
  }

  it('holds the ways in which it is checked here', () => {
    expect(faultOfRequest('POST', '/v1/payins', { method_type: 'CARD' })).to.contain('payin_config_id');
    const half = { status: 'SUCCESS', data: { payin_id: 'pyi_1' }, errors: null };
    expect(faultOfReply('GET', '/v1/payins/pyi_1', 200, half)).to.contain('required property');
    const odd = { status: 'ERROR', data: null, errors: [{ field: null, code: 1, message: '' }] };
    expect(faultOfReply('GET', '/v1/payins/pyi_1', 404, odd)).to.contain('code');
  });
});
