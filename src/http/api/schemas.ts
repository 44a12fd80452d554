/** The request schemas of `schemas/api`, each made whole with the parts that they share. */
import apiKeyFile from '../../../schemas/api/api-key.schema.json' with { type: 'json' };
import captureFile from '../../../schemas/api/capture.schema.json' with { type: 'json' };
import common from '../../../schemas/api/common.schema.json' with { type: 'json' };
import feeScheduleFile from '../../../schemas/api/fee-schedule.schema.json' with { type: 'json' };
import lineLimitFile from '../../../schemas/api/line-limit.schema.json' with { type: 'json' };
import merchantFile from '../../../schemas/api/merchant.schema.json' with { type: 'json' };
import metadataFile from '../../../schemas/api/metadata.schema.json' with { type: 'json' };
import payinFile from '../../../schemas/api/payin.schema.json' with { type: 'json' };
import payinConfigFile from '../../../schemas/api/payin-config.schema.json' with { type: 'json' };
import paymentMethodFile from '../../../schemas/api/payment-method.schema.json' with { type: 'json' };
import paymentMethodConfigFile from '../../../schemas/api/payment-method-config.schema.json' with { type: 'json' };
import routingFile from '../../../schemas/api/routing.schema.json' with { type: 'json' };
import storedPayinFile from '../../../schemas/api/stored-payin.schema.json' with { type: 'json' };
import voidOrRefundFile from '../../../schemas/api/void-or-refund.schema.json' with { type: 'json' };
import { inlineReferences } from '../validate.ts';

const whole = (schema: object) => inlineReferences(schema, common.$defs);

/** By what the request makes or changes. */
export const SCHEMAS = {
  merchant: whole(merchantFile),
  feeSchedule: whole(feeScheduleFile),
  lineLimit: whole(lineLimitFile),
  routing: whole(routingFile),
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
