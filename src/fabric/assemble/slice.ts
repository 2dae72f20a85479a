import type {HostState} from '../../model/fabric.ts';

/** A host as one family sees it: only the readings that it uses, so that others do not make it start again. */
export interface HostSlice<K extends keyof HostState['readings']> {
  readonly spec: HostState['spec'];
  readonly readings: Pick<HostState['readings'], K>;
}
