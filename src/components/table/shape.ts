/** What a table needs to know of its rows: a resource has it, and so have the console's own lists. */
import type {AnyResource} from '../../rows/resource.ts';

export type TableShape = Pick<AnyResource, 'columns' | 'id' | 'tone' | 'stamps'>;
