/**
 * What everything is compared with: the prescribed libraries (Koa, its router, its body parser, Ajv with the connector's
 * schema) answering a body of an approval's size, and nothing of ours.
 */
import Router from '@koa/router';
import { Ajv2020 } from 'ajv/dist/2020.js';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import { USUAL } from './charges.ts';

/** @param work is awaited between the check of the body and the answer. */
export function createEcho(work?: (body: unknown) => Promise<void>): Koa {
  const check = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  const router = new Router();
  router.post(USUAL.path, async (ctx) => {
    const { body } = ctx.request;
    if (!check(body)) ctx.throw(400);
    if (work !== undefined) await work(body);
    ctx.body = ANSWER;
  });
  const koa = new Koa();
  koa.use(bodyParser());
  koa.use(router.routes());
  return koa;
}

const ANSWER = {
  charge_id: 'sbx_pyi_2zGJXgqSPmM2hyEAnS1LJQ2cbRf',
  error_code: null,
  error_message: null,
  parameters: {
    payin_id: 'sbx_pyi_2zGJXgqSPmM2hyEAnS1LJQ2cbRf',
    confirmation_code: '2KMR7F4W',
    status: 'PROCESSING',
    amount: '10.00',
    last_4: '1111',
    brand: 'visa',
  },
};
