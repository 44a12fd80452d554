/**
 * The store for many machines: MongoDB through Mongoose, each record one document, each write one atomic operation on
 * it. Reads go through Mongoose, lean; writes go straight to the driver's collections, because Mongoose would first copy
 * a record into a document of its own. No text of either leaves this file, for it quotes values.
 */
import mongoose from 'mongoose';
import {
  type Collection,
  type Condition,
  type ListQuery,
  PING,
  type Records,
  type Store,
  StoreUnavailable,
  type Write,
} from '../../core/store.ts';
import { COLLECTIONS, EXPIRING, indexesOf, leadingFields, pageLimit } from '../collections.ts';
import { connect, unavailable } from './connection.ts';
import { pathOf, type RecordDocument, toDocument, toRecord, valueAt } from './document.ts';
import { behind, type Filter, filterOf, sortOf } from './query.ts';

type RecordModel = mongoose.Model<RecordDocument>;

/** One write, ready to be sent; says whether it applied. */
type Step = () => Promise<boolean>;

const DUPLICATE_KEY = 11_000;

/**
 * Connects and waits until every index is there.
 * @throws {StoreUnavailable}
 */
export async function openMongo(url: string): Promise<Store> {
  const connection = await connect(url);
  const models = new Map(COLLECTIONS.map((collection) => [collection, modelOf(connection, collection)]));
  try {
    for (const model of models.values()) await available(() => model.createIndexes());
    return new MongoStore(connection, models);
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}

/** Records without the leading field are not in an index: it is partial. */
function modelOf(connection: mongoose.Connection, collection: Collection): RecordModel {
  const schema = new mongoose.Schema<RecordDocument>(
    { _id: String, rev: Number, doc: mongoose.Schema.Types.Mixed },
    { strict: 'throw', strictQuery: 'throw', versionKey: false },
  );
  for (const fields of indexesOf(collection)) {
    const paths = fields.map(pathOf);
    schema.index(Object.fromEntries(paths.map((path) => [path, 1])), {
      name: `by_${fields.join('_')}`,
      partialFilterExpression: Object.fromEntries(paths.slice(0, 1).map((path) => [path, { $exists: true }])),
    });
  }
  return connection.model<RecordDocument>(collection, schema, collection);
}

class MongoStore implements Store {
  readonly name = 'mongo';
  readonly #connection: mongoose.Connection;
  readonly #models: ReadonlyMap<Collection, RecordModel>;
  #closed = false;

  constructor(connection: mongoose.Connection, models: ReadonlyMap<Collection, RecordModel>) {
    this.#connection = connection;
    this.#models = models;
  }

  async get<C extends Collection>(collection: C, id: string): Promise<Records[C] | null> {
    return this.#findOne(collection, { _id: id });
  }

  async find<C extends Collection>(collection: C, field: string, value: string): Promise<Records[C] | null> {
    if (!leadingFields(collection).includes(field)) throw new RangeError('no declared index begins with that field');
    return this.#findOne(collection, { [pathOf(field)]: value });
  }

  async list<C extends Collection>(collection: C, query: ListQuery): Promise<readonly Records[C][]> {
    const filters = [filterOf(query.where)];
    const limit = pageLimit(query);
    if (query.startAfter !== undefined) {
      const anchor = await this.get(collection, query.startAfter);
      if (anchor === null) return [];
      filters.push(behind(anchor.id, valueAt(anchor, query.sortBy), query));
    }
    const { offset = 0 } = query;
    const page = this.#model(collection).find({ $and: filters }, null, { sort: sortOf(query), skip: offset, limit });
    const documents = await available(() => page.lean<RecordDocument[]>().exec());
    return documents.map((document) => toRecord(collection, document));
  }

  async count(collection: Collection, where: readonly Condition[]): Promise<number> {
    const filter = filterOf(where);
    return available(() => this.#model(collection).countDocuments(filter).exec());
  }

  async apply(...writes: readonly Write[]): Promise<number> {
    // Records are copied before the first write is awaited: the caller may go on using its own.
    const steps = writes.map((write) => this.#toStep(write));
    let applied = 0;
    for (const step of steps) {
      if (!(await step())) break;
      applied += 1;
    }
    return applied;
  }

  async purge(now: number, limit: number): Promise<number> {
    const expired = filterOf([{ field: 'expiresAt', is: 'between', to: now }]);
    let removed = 0;
    for (const collection of EXPIRING) {
      const model = this.#model(collection);
      const found = await available(() => model.find(expired, '_id', { limit }).lean().exec());
      const ids = found.map(({ _id }) => _id);
      // Asked again in the same operation: a record may have been given more time meanwhile.
      const filter = { $and: [filterOf([{ field: 'id', is: 'in', values: ids }]), expired] };
      removed += (await available(() => model.deleteMany(filter).exec())).deletedCount;
    }
    return removed;
  }

  async ping(): Promise<void> {
    await this.apply(PING);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.close();
  }

  async #findOne<C extends Collection>(collection: C, filter: Filter): Promise<Records[C] | null> {
    const document = await available(() => this.#model(collection).findOne(filter).lean<RecordDocument>().exec());
    return document === null ? null : toRecord(collection, document);
  }

  #toStep(write: Write): Step {
    if ('tally' in write) return () => this.#tally(write.tally, write.by, write.expiresAt);
    return 'insert' in write ? this.#insert(write.insert, write.record) : this.#replace(write.replace, write.record);
  }

  /** A driver that repeats an insert or a replace whose answer was lost may find it not applied, never applied twice. */
  #insert<C extends Collection>(collection: C, record: Records[C]): Step {
    const document = toDocument(collection, record);
    return () => unlessDuplicate(() => this.#documents(collection).insertOne(document));
  }

  #replace<C extends Collection>(collection: C, record: Records[C]): Step {
    const { _id, rev, doc } = toDocument(collection, record);
    return async () => {
      const replace = () => this.#documents(collection).replaceOne({ _id, rev: rev - 1 }, { rev, doc });
      return (await available(replace)).matchedCount === 1;
    };
  }

  async #tally(id: string, by: number, expiresAt: number): Promise<boolean> {
    return (
      (await this.#addToTally(id, by)) ||
      (await this.#insert('tallies', { id, rev: 0, count: by, expiresAt })()) ||
      // Somebody else made it in between.
      (await this.#addToTally(id, by))
    );
  }

  async #addToTally(id: string, by: number): Promise<boolean> {
    const change = { $inc: { rev: 1, [pathOf('count')]: by } };
    const add = () => this.#documents('tallies').updateOne({ _id: id }, change);
    return (await available(add)).matchedCount === 1;
  }

  #documents(collection: Collection) {
    if (this.#closed) throw new StoreUnavailable();
    return this.#connection.collection<RecordDocument>(collection);
  }

  #model(collection: Collection): RecordModel {
    const model = this.#models.get(collection);
    if (model === undefined || this.#closed) throw new StoreUnavailable();
    return model;
  }
}

/** False where the id is taken: the only unique index is the id's. */
async function unlessDuplicate(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY) return false;
    throw unavailable(error);
  }
}

async function available<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw unavailable(error);
  }
}
