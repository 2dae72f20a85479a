/**
 * `one.app-images`, `one.app-templates`: appliances of the marketplace, imported as `onemarketapp export` does. One RPC
 * for it there is not: the image is allocated from the app's APPTEMPLATE64, the VM template from its VMTEMPLATE64.
 */
import {openNebula} from '../../actions/action.ts';
import {watching} from '../../actions/wait.ts';
import type {ActionContext} from '../../model/action.ts';
import type {OneMarketApp} from '../../model/cloud.ts';
import type {Fabric} from '../../model/fabric.ts';
import {child, element, text} from '../../services/opennebula/xml.ts';
import {Later} from '../engine/later.ts';
import type {StepFunction} from '../model.ts';
import {attribute, dataOf, deletedOf, freshly, madeOf, named, pool, shown, takingBack} from './cloud.ts';
import {numberOf, pairsOf, textOf} from './words.ts';

const imageStates = ['INIT', 'READY', 'USED', 'DISABLED', 'LOCKED', 'ERROR', 'CLONE', 'DELETE', 'USED_PERS', 'LOCKED_USED', 'LOCKED_USED_PERS'];
const [ready, used, locked, failed] = [1, 2, 4, 5];
const usable = (state: number): boolean => state === ready || state === used;

/** By name or number, or the newest whose name begins so: their names carry versions. Throws with what there is. */
export function appNamed(apps: readonly OneMarketApp[], given: string): OneMarketApp {
  const found = apps.find(({name, id}) => name === given || String(id) === given) ?? apps.filter(({name}) => name.toLowerCase().startsWith(given.toLowerCase())).toSorted((a, b) => b.id - a.id)[0];
  if (!found) throw new Error(apps.length === 0 ? 'the marketplace has no apps: is it enabled, and has it been monitored since?' : `the marketplace has no app "${given}"; it has ${apps.map(({name}) => name).slice(0, 20).join(', ')}`);
  if (found.state !== ready) throw new Error(`app ${found.name} is not READY in the marketplace (state ${found.state})`);
  return found;
}

/** A template of an app, decoded; "" where it has none. */
async function templateOf(ctx: ActionContext, app: OneMarketApp, which: 'APPTEMPLATE64' | 'VMTEMPLATE64'): Promise<string> {
  const answer = await ctx.ask.one('one.marketapp.info', [app.id]);
  if (!answer.ok) throw new Error(`OpenNebula: ${answer.problem.detail}`);
  const content = element(String(answer.value))?.content;
  const encoded = text(child(content, 'TEMPLATE'), which) ?? text(content, which) ?? '';
  if (!/^[A-Za-z0-9+/=\s]*$/.test(encoded)) throw new Error(`${which} of ${app.name} is not base64`);
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  if (/[^\P{Cc}\n\t\r]/u.test(decoded)) throw new Error(`${which} of ${app.name} holds characters that no template has`);
  return decoded.trimEnd();
}

const imageOf = (fabric: Fabric, name: string) => pool(fabric, 'one.images').find((one) => one.name === name);

/** Waits a moment for an image that is on its way: somebody may have just begun it. */
const waitMs = 15_000;

const withs = {
  apps: {description: 'list of NAME=APP: what it is to be called, and the app of the marketplace (by name, the beginning of its name, or number)', required: true},
  datastore: {description: 'image datastore, by name or number'},
  within: {description: 'seconds that a download may take, 1800'},
};

export const appImages: StepFunction = {
  name: 'one.app-images',
  description: 'images of apps of the marketplace, and waits until they are READY',
  with: withs,
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.apps', 'one.images', 'one.datastores');
    const store = named(pool(fabric, 'one.datastores'), 'datastore', textOf(call.with, 'datastore', '1'));
    if (store.type !== 0) throw new Error(`datastore ${store.name} (${store.id}) does not hold images`);
    return Promise.all([...pairsOf(call.with, 'apps')].map(async ([name, given]) => {
      const there = imageOf(fabric, name);
      if (there && there.state === locked) await ctx.until([{source: openNebula, probes: ['one.images']}], (now) => (imageOf(now, name)?.state !== locked ? true : undefined), waitMs);
      const now = imageOf(ctx.fabric(), name);
      if (now) {
        if (usable(now.state)) return {id: name, already: `image ${name} (${now.id}) is ${imageStates[now.state]}`};
        throw new Error(now.state === locked ? `image ${name} (${now.id}) is LOCKED: it is being downloaded` : `image ${name} (${now.id}) is ${imageStates[now.state] ?? now.state}: delete it, or give another name`);
      }
      const app = appNamed(pool(fabric, 'one.apps'), given);
      if (app.type !== 1) throw new Error(`app ${app.name} is no image (type ${app.type})`);
      const template = `${await templateOf(ctx, app, 'APPTEMPLATE64')}\n${attribute('NAME', name)}\n${attribute('FROM_APP', app.id)}\n`;
      return {
        id: name, data: {name, withinS: numberOf(call.with, 'within', 1800)}, changes: `image ${name} in datastore ${store.name}, from app ${app.name} (${app.id}, ${app.market}):\n${template.trimEnd()}`,
        calls: [{id: 'make', title: `import image ${name} from ${app.name}`, method: 'one.image.allocate', args: [template, store.id, false]}],
      };
    }));
  },
  done: (ctx, _, step, data) => (step.id.endsWith('.delete') ? deletedOf : madeOf)(ctx, 'one.images', String(dataOf(data)['name'])),
  verify: async (ctx, _, datas, undoing) => Promise.all(datas.flatMap((data) => {
    const {name, withinS} = dataOf(data);
    if (typeof name !== 'string') return [];
    const title = `image ${name}`;
    if (undoing) return [shown(ctx, title, ['one.images'], `there is no image ${name}`, (fabric) => imageOf(fabric, name) === undefined)];
    ctx.progress(`image ${name} is being downloaded`);
    const waited = watching(ctx);
    return [shown(ctx, title, ['one.images'], `image ${name} is READY`, (fabric) => {
      const {state} = imageOf(fabric, name) ?? {state: undefined};
      return state !== undefined && (usable(state) || state === failed);
    }, Number(withinS) * 1000).then((condition) => {
      const state = imageOf(ctx.fabric(), name)?.state;
      return state !== undefined && usable(state) ? condition : {...condition, outcome: 'fail' as const, says: `image ${name} is ${state === undefined ? 'not there' : (imageStates[state] ?? state)}${state === failed ? ': the front-end could not download it; its log has the reason' : ` after ${waited.passed()}`}`};
    })];
  })),
  undo: (_, run, datas) => Promise.resolve(takingBack(run, datas, (id, name) => [{id: 'delete', title: `delete image ${name}`, method: 'one.image.delete', args: [id]}])),
};

export const appTemplates: StepFunction = {
  name: 'one.app-templates',
  description: 'VM templates of apps of the marketplace, with the images of one.app-images',
  with: {apps: withs.apps},
  work: async (ctx, call) => {
    const fabric = await freshly(ctx, 'one.apps', 'one.images', 'one.templates');
    return Promise.all([...pairsOf(call.with, 'apps')].map(async ([name, given]) => {
      const there = pool(fabric, 'one.templates').find((one) => one.name === name);
      if (there) return {id: name, already: `template ${name} (${there.id}) is there`};
      const image = imageOf(fabric, name);
      if (!image) throw new Later('images');
      const app = appNamed(pool(fabric, 'one.apps'), given);
      const template = `${await templateOf(ctx, app, 'VMTEMPLATE64')}\n${attribute('NAME', name)}\nDISK=[${attribute('IMAGE_ID', image.id)}]\n`;
      return {
        id: name, data: {name}, changes: `template ${name}, from app ${app.name} (${app.id}):\n${template.trimEnd()}`,
        calls: [{id: 'make', title: `make template ${name}`, method: 'one.template.allocate', args: [template]}],
      };
    }));
  },
  done: (ctx, _, step, data) => (step.id.endsWith('.delete') ? deletedOf : madeOf)(ctx, 'one.templates', String(dataOf(data)['name'])),
  verify: async (ctx, _, datas, undoing) => Promise.all(datas.flatMap((data) => {
    const name = dataOf(data)['name'];
    return typeof name !== 'string' ? [] : [shown(ctx, `template ${name}`, ['one.templates'], undoing ? `there is no template ${name}` : `template ${name} is there`, (fabric) => pool(fabric, 'one.templates').some((one) => one.name === name) !== undoing)];
  })),
  undo: (_, run, datas) => Promise.resolve(takingBack(run, datas, (id, name) => [{id: 'delete', title: `delete template ${name}`, method: 'one.template.delete', args: [id, false]}])),
};
