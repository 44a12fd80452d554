/**
 * One connection to MongoDB as everything here needs it: majority writes, nothing buffered for later, and an answer or
 * an error well within a caller's patience.
 */
import mongoose from 'mongoose';
import { StoreUnavailable } from '../../core/store.ts';

/** Connects, which fails after about three seconds. @throws {StoreUnavailable} without the driver's text. */
export async function connect(url: string): Promise<mongoose.Connection> {
  const connection = mongoose.createConnection(url, {
    writeConcern: { w: 'majority', wtimeoutMS: 2_000 },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 2_000,
    socketTimeoutMS: 5_000,
    waitQueueTimeoutMS: 1_000,
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
  });
  try {
    return await connection.asPromise();
  } catch {
    await connection.destroy().catch(() => {});
    throw new StoreUnavailable();
  }
}
