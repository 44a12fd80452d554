/** The sandbox's ledger in a MongoDB collection of its own, over a connection of its own. */
import mongoose from 'mongoose';
import { StoreUnavailable } from '../../core/store.ts';
import { fromRow, type Ledger, type LedgerEntry, type LedgerRow, toRow } from '../../processors/sandbox/ledger.ts';
import { connect } from './connection.ts';

/** The attempt key is the id: an index that is unique, and stays so on a sharded collection. */
type LedgerDocument = Omit<LedgerRow, 'attempt_id'> & { _id: string };

const SCHEMA = new mongoose.Schema<LedgerDocument>(
  {
    _id: { type: String, required: true },
    chargeable_id: String,
    kind: String,
    amount: Number,
    currency: String,
    outcome: String,
    code_given: Number,
    at: Number,
  },
  { collection: 'sandbox_ledger', versionKey: false, strict: 'throw', strictQuery: 'throw' },
);

const DUPLICATE_KEY = 11_000;

/** Opens the ledger in the database that the URL names. @throws {StoreUnavailable} */
export async function openMongoLedger(url: string): Promise<Ledger> {
  const connection = await connect(url);
  const entries = connection.model('SandboxLedger', SCHEMA);

  /** Where the entry stands already this writes nothing, but waits until a majority has what stands. */
  async function upsert({ _id, ...fields }: LedgerDocument): Promise<LedgerDocument> {
    try {
      const options = { upsert: true, returnDocument: 'after' } as const;
      return await entries.findOneAndUpdate({ _id }, { $setOnInsert: fields }, options).lean().orFail();
    } catch (error) {
      // Two inserts of one key at once: the other one won, and is found now.
      if (error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY)
        return upsert({ _id, ...fields });
      throw new StoreUnavailable();
    }
  }

  return {
    insert: async (entry) => entryOf(await upsert(documentOf(entry))),
    async get(attemptKey) {
      const document = await available(entries.findById(attemptKey).lean().exec());
      return document === null ? null : entryOf(document);
    },
    async list() {
      const documents = await available(entries.find().lean().exec());
      return documents.map(entryOf).sort((a, b) => a.at - b.at);
    },
    close: () => connection.close(),
  };
}

function documentOf(entry: LedgerEntry): LedgerDocument {
  const { attempt_id, ...fields } = toRow(entry);
  return { _id: attempt_id, ...fields };
}

function entryOf({ _id, ...fields }: LedgerDocument): LedgerEntry {
  return fromRow({ attempt_id: _id, ...fields });
}

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch {
    throw new StoreUnavailable();
  }
}
