/** What findings propose to mend on a host. */
export {clearDuplicate} from './clear-duplicate.ts';
export {linkEnslave} from './enslave.ts';
export {fdbRemove} from './fdb-remove.ts';
export {frrRestart} from './frr-restart.ts';
export {noShutdown} from './no-shutdown.ts';
