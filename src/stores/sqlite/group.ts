/**
 * Group commit: what is written in one turn of the event loop shares one transaction and one sync to disk. A group runs
 * from BEGIN to COMMIT without yielding, so that no reader of this process sees what is not committed, and nobody is
 * answered before the commit. Decides nothing about what is written.
 */
import type Database from 'libsql';
import { unavailable, whenFree } from './wait.ts';

interface Member {
  work(): void;
  answer(): void;
  fail(error: unknown): void;
}

/** The one writer of a connection; what it is given in one turn is committed together, in the order given. */
export class GroupCommit {
  readonly #db: Database.Database;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #patienceMs: number;
  #waiting: Member[] = [];
  #turn: Promise<void> | null = null;

  constructor(db: Database.Database, patienceMs: number) {
    this.#db = db;
    // The write lock is taken at once: a transaction that began by reading could not always be upgraded.
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#patienceMs = patienceMs;
  }

  /**
   * Does `work` in this turn's group.
   * @returns what `work` returned, once it is on disk
   * @throws {StoreUnavailable} when it is not known whether it is
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: T;
      this.#waiting.push({
        work: () => {
          result = work();
        },
        answer: () => resolve(result),
        fail: (error) => reject(unavailable(error)),
      });
      this.#turn ??= new Promise((done) => setImmediate(() => this.#flush().then(done)));
    });
  }

  /** Resolves when everything that waits now is answered. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  async #flush(): Promise<void> {
    try {
      await whenFree(() => {
        this.#begin.run();
        this.#commitGroup(this.#takeGroup());
      }, this.#patienceMs);
    } catch (error) {
      for (const member of this.#takeGroup()) member.fail(error);
    }
  }

  #takeGroup(): readonly Member[] {
    const group = this.#waiting;
    this.#waiting = [];
    this.#turn = null;
    return group;
  }

  #commitGroup(group: readonly Member[]): void {
    try {
      for (const member of group) member.work();
      this.#commit.run();
    } catch (error) {
      for (const member of group) member.fail(error);
      // A full disk may have rolled back already.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      return;
    }
    for (const member of group) member.answer();
  }
}
