/** What must be the same in two answers of oned. */

// What the emulator leaves out on purpose: hardware inventory, features of the captured CPU, quirks of the dummy drivers.
export const leftOut = /\/(PCI_DEVICES|NUMA_NODES|NUMA_NODE)\/|\/NUMA_NODE$|HOST\/TEMPLATE\/(KVM_\w+|MEMORY_ENCRYPTION)$|DATASTORE\/TEMPLATE\/(DS_LIVE_MIGRATE|DS_MIGRATE|DS_MIGRATE_SNAP|SHARED)$/;

const unescape = (text: string): string => text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({lt: '<', gt: '>', amp: '&'})[name]!);
/** Types of the values of the outer array, or "fault". */
export const outer = (body: string): string => (body.includes('<fault>') ? 'fault' : [...body.matchAll(/<value><(boolean|string|i4|i8|int)>/g)].map((match) => match[1]).join(' '));
export const text = (body: string): string => unescape(/<string>([\s\S]*?)<\/string>/.exec(body)?.[1] ?? '');

/** Every element as a path from its object (pools and single answers alike). */
export function paths(xml: string): Set<string> {
  const found = new Set<string>();
  const open: string[] = [];
  for (const [, literal, closing, name, empty] of xml.matchAll(/(<!\[CDATA\[[\s\S]*?\]\]>)|<(\/?)(\w+)(\/?)>/g)) {
    if (literal) continue;
    if (closing) open.pop();
    else {
      if (!name!.endsWith('_POOL') || open.length > 0) found.add([...open.filter((above, at) => at > 0 || !above.endsWith('_POOL')), name!].join('/'));
      if (!empty) open.push(name!);
    }
  }
  return found;
}

const squeezed = (body: string): string => body.replace(/\s+/g, ' ').replace(/<string>[0-9a-f]{64}<\/string>/, '<string>TOKEN</string>');
const field = (xml: string, name: string): string => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? '-';
const all = (xml: string, name: string): readonly string[] => [...xml.matchAll(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`, 'g'))].map((match) => match[1]!);
const objects = (xml: string, name: string): readonly string[] => [...xml.matchAll(new RegExp(`<${name}><ID>[\\s\\S]*?</${name}>`, 'g'))].map(([object]) => object);

/** States, places and addresses: one line for each object. */
export function facts(xml: string): readonly string[] {
  const template = (vm: string): string => vm.replace(/<CONTEXT>[\s\S]*?<\/CONTEXT>/, '');
  return [
    ...objects(xml, 'VM').map((vm) => `VM ${field(vm, 'ID')} ${field(vm, 'NAME')} ${field(vm, 'STATE')}/${field(vm, 'LCM_STATE')} at ${all(template(vm), 'IP').join(' ')}; ${[...vm.matchAll(/<HISTORY>[\s\S]*?<\/HISTORY>/g)]
      .map(([record]) => `${field(record, 'SEQ')}:${field(record, 'HOSTNAME')} ${field(record, 'ACTION')} ${field(record, 'ETIME') === '0' ? 'open' : field(record, 'ETIME') === '-' ? '' : 'closed'}`).join(', ')}`),
    ...objects(xml, 'HOST').map((host) => `HOST ${field(host, 'ID')} ${field(host, 'NAME')} ${field(host, 'STATE')} in ${field(host, 'CLUSTER_ID')}; VMs ${all(/<VMS>[\s\S]*?<\/VMS>/.exec(host)?.[0] ?? '', 'ID').join(' ')}`),
    ...objects(xml, 'VNET').map((net) => `VNET ${field(net, 'ID')} ${field(net, 'NAME')} VLAN ${field(net, 'VLAN_ID')} ${field(net, 'USED_LEASES')} used; ${all(/<LEASES>[\s\S]*<\/LEASES>/.exec(net)?.[0] ?? '', 'IP').join(' ')}`),
    ...objects(xml, 'VROUTER').map((router) => `VROUTER ${field(router, 'ID')} ${field(router, 'NAME')}; VMs ${all(/<VMS>[\s\S]*?<\/VMS>/.exec(router)?.[0] ?? '', 'ID').join(' ')}; ${all(router, 'VROUTER_IP').join(' ')}`),
    ...objects(xml, 'CLUSTER').map((cluster) => `CLUSTER ${all(cluster, 'ID').join(' ')}`),
  ];
}

/** In words; none: they are the same. */
export function differences(captured: string, emulated: string): readonly string[] {
  if (outer(captured) !== outer(emulated)) return [`envelope ${outer(captured)}: ${text(captured).slice(0, 200)}`, `emulated ${outer(emulated)}: ${text(emulated).slice(0, 200)}`];
  if (captured.includes('<fault>') || captured.includes('<boolean>0</boolean>') || !text(captured).startsWith('<')) {
    return squeezed(captured) === squeezed(emulated) ? [] : [squeezed(captured), squeezed(emulated)];
  }
  const is = paths(text(emulated));
  const [wasFacts, isFacts] = [facts(text(captured)), facts(text(emulated))];
  return [
    ...[...paths(text(captured))].filter((path) => !is.has(path) && !leftOut.test(path)).map((path) => `lacks ${path}`),
    ...wasFacts.filter((line) => !isFacts.includes(line)).map((line) => `- ${line}`),
    ...isFacts.filter((line) => !wasFacts.includes(line)).map((line) => `+ ${line}`),
  ];
}
