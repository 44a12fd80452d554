/**
 * One connection to MongoDB as everything here needs it: majority writes, reads of what a majority has from the
 * primary, nothing buffered for later, and an answer or an error well within a caller's patience.
 */
import mongoose from 'mongoose';
import { StoreUnavailable } from '../../core/store.ts';

/** Where the URL names no database. */
const DATABASE = 'tollbridge';

/** Connects, which fails after about two seconds. @throws {StoreUnavailable} without the driver's text. */
export async function connect(url: string): Promise<mongoose.Connection> {
  const namesDatabase = /^[^/]+\/\/[^/]+\/[^?]/.test(url);
  const connection = mongoose.createConnection(url, {
    ...(namesDatabase ? {} : { dbName: DATABASE }),
    writeConcern: { w: 'majority', wtimeoutMS: 2_000 },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    serverSelectionTimeoutMS: 2_000,
    connectTimeoutMS: 2_000,
    socketTimeoutMS: 10_000,
    waitQueueTimeoutMS: 1_000,
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
  });
  // An operator inside a filter counts only where the code marked it as its own.
  connection.set('sanitizeFilter', true);
  try {
    return await connection.asPromise();
  } catch (error) {
    await connection.destroy().catch(() => {});
    throw unavailable(error);
  }
}

/** What was thrown, without its text: the server's own name of the error (`OutOfDiskSpace`), or its class. */
export function unavailable(error: unknown): StoreUnavailable {
  const { MongoServerError } = mongoose.mongo;
  if (error instanceof MongoServerError && error.codeName !== undefined) return new StoreUnavailable(error.codeName);
  return new StoreUnavailable(error instanceof Error ? error.name : null);
}
