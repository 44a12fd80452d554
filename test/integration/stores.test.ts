/** Every store that there is keeps the store's contract. */
import { describeStore } from '../contract/store.ts';
import { createDatabase, eachStore } from '../support/stores.ts';

eachStore('Stores', ({ name }) => describeStore(() => createDatabase(name)));
