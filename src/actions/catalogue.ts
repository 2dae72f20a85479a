/** Every action there is, in the order in which they are listed. To add one: a file of its own, and a line here. */
import type {Action} from '../model/action.ts';
import {bgpClear} from './bgp.ts';
import {addToCluster} from './cluster/add.ts';
import {drainHost} from './drain/drain.ts';
import {linkUp} from './link.ts';
import {disableHost, enableHost} from './one-host.ts';
import {migrateCold, migrateLive} from './migration/migrate.ts';
import {createVnet} from './network/create.ts';
import * as repairs from './repair/index.ts';
import {recoverVm} from './vm/recover.ts';
import {sdnatMap, sdnatUnmap} from './sdnat/map.ts';
import {vmStateActions} from './vm/states.ts';

export const actions: readonly Action[] = [linkUp, bgpClear, enableHost, disableHost, ...Object.values(repairs), addToCluster, createVnet, sdnatMap, sdnatUnmap, drainHost, migrateLive, migrateCold, ...vmStateActions, recoverVm];
