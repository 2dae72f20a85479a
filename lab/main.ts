import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {join} from 'node:path';
import {Command, InvalidArgumentError, Option} from 'commander';
import {clientFiles} from './client-files.ts';
import {down} from './down.ts';
import {applyFault, defaultTarget, inForce, labFaults, undoAll, undoFault} from './faults/index.ts';
import {existingLab, up} from './lab.ts';
import type {Lab} from './lab.ts';
import {specFault} from './plan.ts';
import type {LabSpec} from './plan.ts';
import {prepare} from './prepare.ts';
import {makeRoots} from './roots/make.ts';
import {releases} from './roots/releases.ts';
import type {CloudFiles} from './opennebula/files.ts';
import {loadState} from './state.ts';
import {measureAll} from './faults/measure-all.ts';
import {brokenWays, recordTruth, truthMatrix} from './truth.ts';

const integer = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
};
const integers = (text: string): number[] => text.split(',').map(integer);
const texts = (text: string): string[] => text.split(',').map(word => word.trim()).filter(word => word !== '');
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
/** `--name` may stand before or after the subcommand. */
let chosen = 'lab';
const labName = (): string => {
  const name = chosen;
  const fault = specFault({name, hosts: 1, vnis: [2], vms: 0});
  if (fault) throw new Error(fault);
  return name;
};

const standing = async (): Promise<Lab> => {
  const lab = await existingLab(labName());
  if (!lab) throw new Error(`lab ${labName()} is not up (npm run lab -- up)`);
  return lab;
};

const defaultTargetOrNothing = (lab: Lab, fault: ReturnType<typeof labFaults>[number]): string => {
  try {
    return defaultTarget(lab.plan(), fault);
  } catch {
    return '-';
  }
};

/** Hands the terminal to a command, and takes its exit status for our own. */
const become = (argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> =>
  new Promise((resolve, reject) => {
    // Ctrl-C goes to the whole group: it is the command's to act upon, not ours.
    process.on('SIGINT', () => undefined);
    const child = spawn(argv[0] as string, argv.slice(1), {stdio: 'inherit', env});
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
      resolve();
    });
  });

const quoted = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const show = (lab: Lab): void => {
  const plan = lab.plan();
  for (const m of plan.machines) console.log(`${m.name.padEnd(8)} ${m.role.padEnd(11)} ${m.publicAddress.padEnd(14)} ${[
    m.underlayAddress ?? '', m.reflects && m.role !== 'reflector' ? 'reflector too' : '', m.region ?? '', m.daemon ?? '', m.frr === undefined ? '' : `FRR ${m.frr}`,
  ].filter(word => word !== '').join(' ')}`);
  for (const vm of plan.vms) console.log(`${vm.name.padEnd(8)} ${'VM'.padEnd(11)} ${vm.address.padEnd(14)} VNI ${vm.vni} on ${vm.host}, ${vm.mac}`);
  for (const m of plan.router.mappings) console.log(`${'SDNAT'.padEnd(8)} ${''.padEnd(11)} ${m.external.padEnd(14)} to ${m.internal}`);
  console.log(`\ninventory   ${lab.files.inventory}\nssh_config  ${lab.files.sshConfig}`);
  const cloud = lab.cloud();
  if (cloud) console.log(`one_auth    ${cloud.oneAuth}\none_endpoint ${cloud.oneEndpoint}`);
  const named = lab.name === 'lab' ? '' : ` --name ${lab.name}`;
  console.log(`console     npm run lab --${named} console\n            = ${consoleCommand(lab).map(quoted).join(' ')}`);
};

/** Where the console finds OpenNebula, as oneadmin's own environment would say. */
const cloudEnvironment = (cloud: CloudFiles | undefined): string[] =>
  cloud ? ['env', `ONE_AUTH=${cloud.oneAuth}`, `ONE_XMLRPC=${readFileSync(cloud.oneEndpoint, 'utf8').trim()}`] : [];

const consoleCommand = (lab: Lab): string[] => [
  ...lab.prefix('ops'), ...cloudEnvironment(lab.cloud()), process.execPath, join(import.meta.dirname, '..', 'bin', 'evpn-tui.js'),
  '--inventory', lab.files.inventory, '--ssh-config', lab.files.sshConfig,
];

const program = new Command('lab')
  .description('A real fabric on one machine: FRR, WireGuard, sshd, VXLAN and NAT in network namespaces. Needs root.')
  .option('--name <name>', 'which lab; several can stand at once', 'lab')
  .enablePositionalOptions();

program.command('up')
  .description('build it, or find it standing')
  .option('--hosts <n>', 'hypervisors (default: 2, or what the other options need)', integer)
  .option('--vnis <list>', 'VXLAN networks', integers, [2, 3])
  .option('--vms <n>', 'virtual machines (default: one for each hypervisor and VNI)', integer)
  .addOption(new Option('--reflectors <where>', 'route reflectors: on the ingress box, or on kvm1 and kvm2').choices(['ingress', 'hypervisors']).default('ingress'))
  .option('--clusters <n>', 'edge clusters, each with a public network of its own', integer, 1)
  .option('--gobgp <list>', 'hypervisors that run GoBGP in place of FRR: kvm3', texts)
  .option('--frr <list>', `FRR versions of the hypervisors, in turn: ${releases.map(r => r.frr).join(',')} (each a Debian release, made once)`, texts)
  .option('--bare', 'bare hosts: sshd only, FRR installed and not configured, no WireGuard, no VXLAN, no VMs')
  .option('--opennebula', 'with OpenNebula (its XML-RPC API, emulated) in ops: VMs can be made and moved through it')
  .action(async (options: Omit<Partial<LabSpec>, 'name'> & {opennebula?: boolean}) => {
    const began = performance.now();
    const name = labName();
    const interrupted = (): void => void down(name).finally(() => process.exit(130));
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    const lab = await up({name, ...options});
    console.log(lab.fresh ? `lab ${name}: up in ${seconds(began)}` : `lab ${name}: was up already`);
    if (!lab.plan().spec.bare) await lab.converge();
    console.log(`lab ${name}: ${lab.plan().spec.bare ? 'bare' : 'converged'} after ${seconds(began)}\n`);
    show(lab);
  });

program.command('prepare').description('install the Debian packages that the lab calls').action(() => {
  prepare();
  console.log('the lab can be built: npm run lab -- up');
});

program.command('roots').description('make the file systems of other Debian releases ahead of the labs that need them').argument('[versions...]', 'FRR versions; all without any').action(async (versions: string[]) => {
  await makeRoots(versions.length > 0 ? versions : releases.map(({frr}) => frr), (line) => console.log(line));
});

program.command('down').description('take everything away, and look whether it is gone').action(async () => {
  const began = performance.now();
  const gone = await down(labName());
  console.log(`lab ${labName()}: ended ${gone.processes} processes, deleted ${gone.namespaces} namespaces in ${seconds(began)}`);
  if (gone.left.length === 0) console.log('nothing is left: no process, namespace, mount, setting or file');
  else {
    console.error(`left behind:\n  ${gone.left.join('\n  ')}`);
    process.exitCode = 1;
  }
});

program.command('status').description('what stands, and whether it has converged').action(async () => {
  const lab = await existingLab(labName());
  if (!lab) {
    console.log(`lab ${labName()}: ${loadState(labName()) ? 'broken: something of it has died; up builds it anew' : 'not up'}`);
    process.exitCode = 1;
    return;
  }
  show(lab);
  await lab.converge(0).then(() => console.log('converged'), (error: Error) => {
    console.log(error.message);
    process.exitCode = 1;
  });
});

program.command('exec <where> <command...>').description('run a command inside a machine, a VM or ops, without SSH')
  .passThroughOptions()
  .action(async (where: string, command: string[]) => {
    const lab = await standing();
    await become([...lab.prefix(where), 'sh', '-c', command.join(' ')]);
  });

program.command('ssh <host> [command...]').description('ssh from ops, as the console does; oper@HOST is the user without root')
  .passThroughOptions()
  .action(async (host: string, command: string[]) => {
    const lab = await standing();
    await become([...lab.prefix('ops'), 'ssh', '-F', lab.files.sshConfig, host, ...command]);
  });

program.command('migrate <vm> <host>').description('live migration').action(async (vm: string, host: string) => {
  const lab = await standing();
  await lab.migrate(vm, host);
  console.log(`${vm} is on ${host}`);
});

program.command('fault [name] [where]').description('break something on purpose; `faults` lists what')
  .option('--undo <name>', 'undo it (`all`: everything that is in force)')
  .action(async (name: string | undefined, where: string | undefined, options: {undo?: string}) => {
    const lab = await standing();
    const began = performance.now();
    if (options.undo !== undefined) {
      const undone = options.undo === 'all' ? await undoAll(lab) : [options.undo];
      if (options.undo !== 'all') await undoFault(lab, options.undo);
      console.log(undone.length === 0 ? 'no fault is in force' : `undone: ${undone.join(', ')} (${seconds(began)})`);
      return;
    }
    if (name === undefined) throw new Error('which fault? npm run lab -- faults lists them');
    const {target} = await applyFault(lab, name, where);
    console.log(`${name} is in force on ${target} (${seconds(began)}); npm run lab --${lab.name === 'lab' ? '' : ` --name ${lab.name}`} fault --undo ${name}`);
  });

program.command('faults [name...]').description('every way to break the lab, and which are in force')
  .option('--measure', 'bring about those named, or all, one after the other; keep times and what they break for docs/FAULTS.md')
  .action(async (names: string[], options: {measure?: true}) => {
    if (options.measure) {
      const bad = await measureAll(await standing(), names, line => console.log(line));
      if (bad.length > 0) process.exitCode = 1;
      return;
    }
    const lab = await existingLab(labName());
    const now = new Map(inForce(labName()).map(entry => [entry.name, entry.target]));
    for (const fault of labFaults()) {
      const on = now.has(fault.name) ? `IN FORCE on ${now.get(fault.name)}` : lab ? defaultTargetOrNothing(lab, fault) : fault.on;
      console.log(`${fault.family.padEnd(10)} ${fault.name.padEnd(28)} ${on.padEnd(18)} ${fault.does}${fault.needs ? ` (needs ${fault.needs})` : ''}`);
    }
});

program.command('truth').description('who can really reach whom at this moment, by ping from inside')
  .option('--json', 'as JSON')
  .action(async (options: {json?: true}) => {
    const lab = await standing();
    const truth = await recordTruth(lab);
    console.log(options.json ? JSON.stringify(truth, undefined, 2) : truthMatrix(lab.plan(), truth));
    if (brokenWays(truth).length > 0) process.exitCode = 1;
  });

program.command('console [argument...]').description('evpn-tui from ops, on this lab')
  .passThroughOptions().allowUnknownOption()
  .action(async (rest: string[]) => {
    const lab = await standing();
    await become([...consoleCommand(lab), ...rest]);
  });

program.command('files').description('paths of what the lab wrote for the console, as JSON').action(() => {
  console.log(JSON.stringify(clientFiles(labName()), undefined, 2));
});

for (const command of program.commands) command.option('--name <name>', 'which lab');
program.hook('preAction', (_, action) => {
  chosen = action.opts<{name?: string}>().name ?? program.opts<{name: string}>().name;
});

await program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
