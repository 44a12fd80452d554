/** The sandbox's ledger in a MongoDB collection of its own, over a connection of its own. */
import mongoose from 'mongoose';
import type { Secret } from '../../core/secret.ts';
import { fromRow, type Ledger, type LedgerEntry, type LedgerRow, toRow } from '../../processors/sandbox/ledger.ts';
import { connect, unavailable } from './connection.ts';

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
const TIMEOUT_MS = 2_000;

/** Opens the ledger in the database that the URL names. @throws {StoreUnavailable} */
export async function openMongoLedger(url: Secret<string>): Promise<Ledger> {
  const connection = await connect(url.reveal());
  const entries = connection.model('SandboxLedger', SCHEMA);

  async function insert(entry: LedgerEntry): Promise<LedgerEntry> {
    try {
      await entries.create(documentOf(entry));
      return entry;
    } catch (error) {
      if (!isDuplicateKey(error)) throw unavailable(error);
    }
    // Waits until a majority has what stands, so that nobody is told of an entry that could still be rolled back.
    const standing = entries
      .findById(entry.attemptKey)
      .read('primary')
      .readConcern('linearizable')
      .maxTimeMS(TIMEOUT_MS);
    return entryOf(await available(standing.lean().orFail().exec()));
  }

  async function find(wanted: Partial<LedgerDocument>): Promise<readonly LedgerEntry[]> {
    const documents = await available(entries.find(wanted).lean().exec());
    return documents.map(entryOf).sort((a, b) => a.at - b.at);
  }

  return {
    insert,
    async get(attemptKey) {
      const document = await available(entries.findById(attemptKey).lean().exec());
      return document === null ? null : entryOf(document);
    },
    of: (chargeableId) => find({ chargeable_id: chargeableId }),
    list: () => find({}),
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

function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw unavailable(error);
  }
}
