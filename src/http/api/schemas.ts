/**
 * The request schemas of `schemas/api`, each made whole: the parts that they share are put in where they are referred to,
 * so that a fault's place in the schema spells the field's full name.
 */
import apiKeyFile from '../../../schemas/api/api-key.schema.json' with { type: 'json' };
import common from '../../../schemas/api/common.schema.json' with { type: 'json' };
import merchantFile from '../../../schemas/api/merchant.schema.json' with { type: 'json' };
import metadataFile from '../../../schemas/api/metadata.schema.json' with { type: 'json' };
import payinFile from '../../../schemas/api/payin.schema.json' with { type: 'json' };
import payinConfigFile from '../../../schemas/api/payin-config.schema.json' with { type: 'json' };
import paymentMethodFile from '../../../schemas/api/payment-method.schema.json' with { type: 'json' };
import paymentMethodConfigFile from '../../../schemas/api/payment-method-config.schema.json' with { type: 'json' };
import storedPayinFile from '../../../schemas/api/stored-payin.schema.json' with { type: 'json' };

const SHARED = 'common.schema.json#/$defs/';
const parts = new Map<string, object>(Object.entries(common.$defs));

function whole(schema: object): object {
  const members = Object.entries(schema).map(([name, member]): [string, unknown] => {
    if (Array.isArray(member) || typeof member !== 'object' || member === null) return [name, member];
    return [name, whole(member)];
  });
  const { $ref, ...rest } = Object.fromEntries(members);
  return $ref === undefined ? rest : { ...partOf($ref), ...rest };
}

function partOf(reference: unknown): object {
  const part = typeof reference === 'string' ? parts.get(reference.slice(SHARED.length)) : undefined;
  if (part === undefined) throw new Error(`schemas/api refers to a part that is not there: ${reference}`);
  return whole(part);
}

/** By what the request makes or changes. */
export const SCHEMAS = {
  merchant: whole(merchantFile),
  apiKey: whole(apiKeyFile),
  payinConfig: whole(payinConfigFile),
  paymentMethodConfig: whole(paymentMethodConfigFile),
  payin: whole(payinFile),
  paymentMethod: whole(paymentMethodFile),
  storedPayin: whole(storedPayinFile),
  metadata: whole(metadataFile),
} as const;
