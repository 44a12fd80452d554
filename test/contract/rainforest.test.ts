/**
 * Our API against Rainforest's public contract: a client that was written for it finds every route, and its documented
 * requests are taken. Replies are checked by the client of every API test (test/support/api.ts).
 */
import { expect } from 'chai';
import { compile } from '../../src/http/validate.ts';
import { NOT_BUILT_ROUTES } from '../../src/http/api/not-built.ts';
import { apiRoutes } from '../../src/http/api/index.ts';
import { SCHEMAS } from '../../src/http/api/schemas.ts';
import { type Contract, contract } from '../support/rainforest.ts';
