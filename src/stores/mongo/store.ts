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
  type Records,
  type Store,
  StoreUnavailable,
  type Write,
} from '../../core/store.ts';
import { COLLECTIONS, EXPIRING, indexesOf, leadingFields, pageLimit } from '../collections.ts';
import { SCHEMA_RECORD } from '../schema.ts';
import { connect } from './connection.ts';
import { pathOf, type RecordDocument, toDocument, toRecord } from './document.ts';
import { behind, type Filter, filterOf, sortOf } from './query.ts';

type RecordModel = mongoose.Model<RecordDocument>;

const DUPLICATE_KEY = 11_000;

/**
 * Connects and waits until every index is there.
 * @throws {StoreUnavailable}
 */
export async function openMongo(url: string): Promise<Store> {
  const connection = await connect(url);
  const models = new Map(COLLECTIONS.map((collection) => [collection, modelOf(connection, collection)]));
  try {
    for (const model of models.values()) await available(model.createIndexes());
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
      const value = await this.#sortValue(collection, query.startAfter, query.sortBy);
      if (value === undefined) return [];
      filters.push(behind(query.startAfter, value, query));
    }
    const { offset = 0 } = query;
    const page = this.#model(collection).find({ $and: filters }, null, { sort: sortOf(query), skip: offset, limit });
    const documents = await available(page.lean<RecordDocument[]>().exec());
    return documents.map((document) => toRecord(collection, document));
  }

  async count(collection: Collection, where: readonly Condition[]): Promise<number> {
    return available(this.#model(collection).countDocuments(filterOf(where)).exec());
  }
}
