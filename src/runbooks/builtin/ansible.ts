/**
 * BGP EVPN by one-deploy's own roles: `ansible.inventory` renders what they take, `ansible.run` runs ansible-playbook on
 * the control node and shows what it says while it says it. Keys of the inventory: one-deploy, roles frr/common, frr/evpn.
 */
import {createHash} from 'node:crypto';
import {sanitizeLine} from '../../text/sanitize.ts';
import {word} from '../engine/shell.ts';
import {fileName} from '../engine/scripts.ts';
import type {StepFunction, Work} from '../model.ts';
import {dataOf} from './cloud.ts';
import {membersOf, type Member} from './members.ts';
import {numberOf, textOf, type Values} from './words.ts';

/** YAML takes JSON's strings as they are. */
const text = JSON.stringify;

/** Reflectors are in `router`, hypervisors in `node`; the control node is reached without ssh. Pure. */
export function inventoryOf(members: readonly Member[], control: string, values: Values): string {
  const [device, identity] = [textOf(values, 'device', 'wg0'), textOf(values, 'identity')];
  const group = (name: string, all: readonly Member[]): readonly string[] => [
    `    ${name}:`, '      hosts:',
    ...all.map(({host, endpoint}) => `        ${text(host)}: {${host === control ? 'ansible_connection: local' : `ansible_host: ${text(endpoint)}`}}`),
  ];
  const reflectors = members.filter(({reflector}) => reflector);
  if (reflectors.length === 0) throw new Error('there is no host with the role of a reflector, which is the group "router" of one-deploy');
  return [
    'all:', '  vars:', `    ansible_user: ${text(textOf(values, 'user', 'root'))}`,
    ...(identity === '' ? [] : [`    ansible_ssh_private_key_file: ${text(identity)}`]),
    `    evpn_as: ${numberOf(values, 'as', 65_000)}`, `    evpn_if: ${text(device)}`,
    // Its default is a fact of the front-end, which would have to be reached; any 32 bits do.
    `    evpn_cluster_id: ${text(reflectors[0]!.address)}`,
    '    features: {evpn: true}',
    '  children:', ...group('router', reflectors), ...group('node', members.filter(({reflector}) => !reflector)),
  ].join('\n') + '\n';
}

const members = {device: {description: 'device of the underlay'}, network: {description: 'network of the underlay'}, addresses: {description: 'list of HOST=ADDRESS'}, endpoints: {description: 'as in the mesh'}} as const;

export const ansibleInventory: StepFunction = {
  name: 'ansible.inventory',
  description: 'the inventory of one-deploy, as a file on the control node',
  with: {path: {description: 'of the file', required: true}, user: {description: 'whom Ansible logs in as, root'}, identity: {description: 'key on the control node; none: what ssh uses there'}, as: {description: 'AS number, 65000'}, ...members},
  work: (ctx, call) => Promise.resolve(call.hosts.map((host): Work => ({
    id: host, host, file: {path: textOf(call.with, 'path'), mode: '0640', content: inventoryOf(membersOf(ctx.fabric(), call.with), host, call.with)},
  }))),
};

export const ansibleRun: StepFunction = {
  name: 'ansible.run',
  description: 'ansible-playbook on the control node; what it prints is shown as it comes',
  with: {folder: {description: 'where inventory and playbook are, and its log comes', required: true}, inventory: {description: 'its name there', required: true}, playbook: {description: 'its name there', required: true}, collections: {description: 'folder of the collections; none: Ansible\'s own'}, stamp: {description: 'what the run is for: another text is another run'}},
  work: (_, call) => Promise.resolve(call.hosts.map((host): Work => {
    const folder = textOf(call.with, 'folder');
    const [inventory, playbook, collections] = [textOf(call.with, 'inventory'), textOf(call.with, 'playbook'), textOf(call.with, 'collections')];
    const log = `${folder}/${fileName(call.session)}.log`;
    const stamp = createHash('sha256').update(textOf(call.with, 'stamp')).digest('hex').slice(0, 16);
    const head = `cd ${word(folder)} || exit 1\nsum=$(cat ${word(inventory)} ${word(playbook)} | sha256sum) || exit 1\nsum="\${sum%% *} ${stamp}"\n`;
    return {
      id: host, host, title: 'ansible-playbook', data: {host, log},
      // Whether its tasks would change something only it can tell, and that takes as long as doing it.
      check: `${head}[ "$(cat done 2>/dev/null)" = "$sum" ]`,
      apply: `${head}umask 027
${collections === '' ? '' : `export ANSIBLE_COLLECTIONS_PATH=${word(collections)}\n`}export LC_ALL=C.UTF-8 # Ansible refuses every other encoding
export ANSIBLE_NOCOLOR=1 ANSIBLE_FORCE_COLOR=0 ANSIBLE_HOST_KEY_CHECKING=True ANSIBLE_RETRY_FILES_ENABLED=0
rm -f done
if ansible-playbook -i ${word(inventory)} ${word(playbook)} </dev/null >${word(log)} 2>&1; then printf '%s\\n' "$sum" >done; code=0; else code=1; fi
sleep 1.5 # tail -f, which shows it, looks once a second
[ $code = 1 ] || { tail -n 1 ${word(log)}; exit 0; }
echo "ansible-playbook has failed; all it said is in ${log}" >&2
grep -E '^(fatal|ERROR|failed):?' ${word(log)} | tail -n 2 >&2
exit 1
`,
      verifyWithinS: 5,
      changes: `ansible-playbook -i ${folder}/${inventory} ${folder}/${playbook}`,
      notUndoable: `${host}: what the roles change on the hosts is not taken back; the runbooks backup and restore do that`,
    };
  })),
  accompany: async (ctx, run, datas) => {
    await Promise.all(datas.map(async (data) => {
      const {host, log} = dataOf(data);
      if (run.undoes !== undefined || typeof host !== 'string' || typeof log !== 'string') return;
      const follow = `i=0; while [ ! -e ${word(log)} ] && [ $i -lt 60 ]; do sleep 0.5; i=$((i + 1)); done; exec tail -n +1 -f ${word(log)}`;
      await ctx.ask.follow(host, follow, (line) => {
        if (line.trim() !== '') ctx.progress(sanitizeLine(line, 300));
      }, ctx.signal);
    }));
  },
};
