/** The schemas of `schemas/api`: of requests, each made whole with the parts that they share, and of replies. */
import apiKeyFile from '../../../schemas/api/api-key.schema.json' with { type: 'json' };
import captureFile from '../../../schemas/api/capture.schema.json' with { type: 'json' };
import common from '../../../schemas/api/common.schema.json' with { type: 'json' };
import feeScheduleFile from '../../../schemas/api/fee-schedule.schema.json' with { type: 'json' };
import lateApprovalsFile from '../../../schemas/api/late-approvals.schema.json' with { type: 'json' };
import lineLimitFile from '../../../schemas/api/line-limit.schema.json' with { type: 'json' };
import merchantFile from '../../../schemas/api/merchant.schema.json' with { type: 'json' };
import metadataFile from '../../../schemas/api/metadata.schema.json' with { type: 'json' };
import payinFile from '../../../schemas/api/payin.schema.json' with { type: 'json' };
import payinConfigFile from '../../../schemas/api/payin-config.schema.json' with { type: 'json' };
import paymentMethodFile from '../../../schemas/api/payment-method.schema.json' with { type: 'json' };
import paymentMethodConfigFile from '../../../schemas/api/payment-method-config.schema.json' with { type: 'json' };
import accountReplies from '../../../schemas/api/replies/accounts.schema.json' with { type: 'json' };
import configReplies from '../../../schemas/api/replies/configs.schema.json' with { type: 'json' };
import ids from '../../../schemas/api/replies/ids.schema.json' with { type: 'json' };
import payinReplies from '../../../schemas/api/replies/payins.schema.json' with { type: 'json' };
import paymentMethodReplies from '../../../schemas/api/replies/payment-methods.schema.json' with { type: 'json' };
import refundReplies from '../../../schemas/api/replies/refunds.schema.json' with { type: 'json' };
import routingFile from '../../../schemas/api/routing.schema.json' with { type: 'json' };
import signingKeysFile from '../../../schemas/api/signing-keys.schema.json' with { type: 'json' };
import storedPayinFile from '../../../schemas/api/stored-payin.schema.json' with { type: 'json' };
import voidOrRefundFile from '../../../schemas/api/void-or-refund.schema.json' with { type: 'json' };
import { inlineReferences } from '../validate.ts';

const whole = (schema: object) => inlineReferences(schema, common.$defs);

/** By what the request makes or changes. */
export const SCHEMAS = {
  merchant: whole(merchantFile),
  feeSchedule: whole(feeScheduleFile),
  lineLimit: whole(lineLimitFile),
  lateApprovals: whole(lateApprovalsFile),
  routing: whole(routingFile),
  signingKeys: whole(signingKeysFile),
  apiKey: whole(apiKeyFile),
  payinConfig: whole(payinConfigFile),
  paymentMethodConfig: whole(paymentMethodConfigFile),
  payin: whole(payinFile),
  paymentMethod: whole(paymentMethodFile),
  storedPayin: whole(storedPayinFile),
  metadata: whole(metadataFile),
  capture: whole(captureFile),
  voidOrRefund: whole(voidOrRefundFile),
} as const;

/** What stands in the envelope's `data`, by name, and the parts of it; they refer to each other by `#/$defs/name`. */
export const REPLIES = {
  ...ids.$defs,
  ...accountReplies.$defs,
  ...configReplies.$defs,
  ...payinReplies.$defs,
  ...paymentMethodReplies.$defs,
  ...refundReplies.$defs,
} as const;

/** Of an object, of a list of them, or of a part. */
export type ReplyName = keyof typeof REPLIES;
