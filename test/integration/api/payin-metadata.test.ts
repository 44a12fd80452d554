/** The metadata of a payin: how a patch is merged, and what cannot be kept. */
import { expect } from 'chai';
import { type Client, cardPayin, clientOf, expectRefusal, newPayinConfig, type Payin } from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

eachStore('The metadata of a payin', (stores) => {
  let server: TestServer;
  let admin: Client;
  let connector: Client;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
    connector = clientOf(server, server.connectorKey);
  });
  after(() => server.close());

  const patch = (id: string | null, body: unknown) => admin.patch<Payin>(`/v1/payins/${id}/metadata`, body);

  it('is merged by name; null takes a name away, null as a whole all of them', async () => {
    const { payin_id: id } = await connector.post<Payin>(
      '/v1/payins',
      cardPayin(await newPayinConfig(server, { metadata: { a: { x: 1, y: 2 }, b: 'kept' } })),
    );
    expect((await patch(id, { a: { z: 3 }, c: [1] })).metadata).to.deep.equal({ a: { z: 3 }, b: 'kept', c: [1] });
    expect((await patch(id, { a: null, none: null })).metadata).to.deep.equal({ b: 'kept', c: [1] });
    expect((await patch(id, {})).metadata).to.deep.equal({ b: 'kept', c: [1] });
    expect((await admin.get<Payin>(`/v1/payins/${id}`)).metadata).to.deep.equal({ b: 'kept', c: [1] });
    const emptied = await admin.send('PATCH', `/v1/payins/${id}/metadata`, null);
    expect(emptied.status).to.equal(200);
    expect((await admin.get<Payin>(`/v1/payins/${id}`)).metadata).to.deep.equal({});
  });

  it('is not changed by what cannot be kept', async () => {
    const { payin_id: id } = await connector.post<Payin>(
      '/v1/payins',
      cardPayin(await newPayinConfig(server, { metadata: { kept: true } })),
    );
    const at = `/v1/payins/${id}/metadata`;
    expectRefusal(await admin.send('PATCH', at, { note: 'x'.repeat(8_200) }), 400, 'RequestBody', 'metadata');
    expectRefusal(await admin.send('PATCH', at, { n: '4111111111111111' }), 400, 'CARD_DATA_IN_TEXT', 'metadata');
    for (const body of [[], 'text', 5, undefined])
      expectRefusal(await admin.send('PATCH', at, body), 400, 'RequestBody');
    expectRefusal(await connector.send('PATCH', at, { a: 1 }), 403, 'AuthForbidden');
    expectRefusal(await admin.send('PATCH', '/v1/payins/pyi_none/metadata', {}), 404, 'EntityNotFound');
    expect((await admin.get<Payin>(`/v1/payins/${id}`)).metadata).to.deep.equal({ kept: true });
  });
});
