/** What a host's rules do to a packet: every back end's chains are walked in their order, as the kernel does. */
import type {FilterRule, Firewall, NatBackend} from '../../model/network.ts';
import {compileIptables} from './firewall-iptables.ts';
import {compileNft} from './firewall-nft.ts';
import type {CompiledRule, Packet} from './firewall-packet.ts';

/** `why`: the rule that decides, as the host prints it, or the chain's policy. */
export interface Verdict {
  readonly let: 'in' | 'out' | 'unclear'; // unclear: it depends on what cannot be told from outside
  readonly why: string | undefined;
  readonly general: boolean; // decided by a policy, or by a rule about all the rest
  readonly rule?: FilterRule | undefined; // that refuses it; undefined: a policy
  readonly perhaps?: string | undefined; // let in: the first rule that would refuse it where a special condition holds
}

type Hook = 'INPUT' | 'FORWARD';
interface Base {
  readonly backend: NatBackend;
  readonly chain: string; // "INPUT", "inet fw/input"
  readonly policy: string | undefined;
  readonly sure: boolean; // the policy is this back end's
}
interface Ruleset {
  readonly chains: ReadonlyMap<string, readonly CompiledRule[]>; // "nft inet fw/input"
  readonly bases: Readonly<Record<Hook, readonly Base[]>>;
  readonly bySource: boolean;
  readonly numbers: ReadonlySet<number>; // all that stand in rules: between two of them, ports have one fate
}

const rulesets = new WeakMap<Firewall, Ruleset>();

/** Whether any rule looks at where a packet comes from (address or port): else one packet stands for all peers. */
export const looksAtSource = (firewall: Firewall): boolean => rulesetOf(firewall).bySource;

/** Of a range of ports those that a rule may treat otherwise than the one before. */
export function distinctPorts(firewall: Firewall, from: number, to: number): readonly number[] {
  const ports = new Set([from]);
  for (const number of rulesetOf(firewall).numbers) for (const port of [number, number + 1]) if (port > from && port <= to) ports.add(port);
  return [...ports];
}

/** Nothing is refused at this hook, whatever comes. */
export function isOpen(firewall: Firewall, hook: Hook): boolean {
  return rulesetOf(firewall).bases[hook].length === 0;
}

function rulesetOf(firewall: Firewall): Ruleset {
  let found = rulesets.get(firewall);
  if (!found) {
    const chains = new Map<string, CompiledRule[]>();
    const numbers = new Set<number>();
    let bySource = false;
    for (const rule of firewall.filter) {
      for (const [digits] of rule.text.matchAll(/\d+/g)) if (digits.length <= 5) numbers.add(Number(digits));
      const key = `${rule.backend} ${rule.chain}`;
      const compiled = rule.backend === 'nft' ? compileNft(rule) : compileIptables(rule);
      bySource ||= compiled.testsSource;
      const chain = chains.get(key);
      if (chain) chain.push(compiled);
      else chains.set(key, [compiled]);
    }
    found = {chains, bases: {INPUT: basesOf(firewall, chains, 'INPUT'), FORWARD: basesOf(firewall, chains, 'FORWARD')}, bySource, numbers};
    rulesets.set(firewall, found);
  }
  return found;
}

/** Base chains that refuse something or might. The hook of a native chain is not read: its name tells. */
function basesOf(firewall: Firewall, chains: ReadonlyMap<string, readonly CompiledRule[]>, hook: Hook): readonly Base[] {
  const bases: Base[] = [];
  const saved = (['iptables-nft', 'iptables-legacy'] as const).filter((backend) => chains.has(`${backend} ${hook}`));
  const policy = firewall.policies[`filter/${hook}`];
  for (const backend of saved) bases.push({backend, chain: hook, policy, sure: saved.length === 1});
  if (saved.length === 0 && policy === 'DROP') bases.push({backend: firewall.backends.includes('iptables-nft') ? 'iptables-nft' : 'iptables-legacy', chain: hook, policy, sure: true});
  for (const [chain, its] of Object.entries(firewall.policies)) {
    if (!chain.includes(' ') || !chain.slice(chain.indexOf('/')).toUpperCase().includes(hook)) continue;
    if (its === 'DROP' || chains.has(`nft ${chain}`)) bases.push({backend: 'nft', chain, policy: its, sure: true});
  }
  return bases;
}

/** A packet that arrives at the host (or passes through it) is let in only when every base chain lets it in. */
export function verdictOf(firewall: Firewall, hook: Hook, packet: Packet): Verdict {
  const ruleset = rulesetOf(firewall);
  let unclear: Verdict | undefined;
  let perhaps: Verdict | undefined;
  for (const base of ruleset.bases[hook]) {
    const verdict = walk(ruleset, base, packet);
    if (verdict.let === 'out') return verdict;
    if (verdict.let === 'unclear') unclear ??= verdict;
    else if (verdict.perhaps !== undefined) perhaps ??= verdict;
  }
  return unclear ?? perhaps ?? letIn;
}

const letIn: Verdict = {let: 'in', why: undefined, general: false};
type Step = 'accept' | 'next' | {readonly refused: CompiledRule};

/** LOG, MARK and the like do something, and the packet goes on. */
const decisive = new Set(['ACCEPT', 'DROP', 'REJECT', 'RETURN']);
const asks = new Set(['NFQUEUE', 'QUEUE', 'vmap']);

function walk({chains}: Ruleset, base: Base, packet: Packet): Verdict {
  let doubt: CompiledRule | undefined; // might have let it in before something refused it
  let refusal: CompiledRule | undefined; // might have refused it before something let it in
  const prefix = base.backend === 'nft' ? `nft ${base.chain.slice(0, base.chain.indexOf('/') + 1)}` : `${base.backend} `;
  const pass = (chain: readonly CompiledRule[], depth: number): Step => {
    for (const compiled of chain) {
      const matches = compiled.matches(packet);
      if (matches === 'no') continue;
      const mapped = compiled.byState && (compiled.byState.get(packet.state) ?? '');
      const target = mapped ?? compiled.rule.target;
      if (asks.has(target)) doubt ??= compiled;
      const jump = decisive.has(target) || depth > 16 ? undefined : chains.get(prefix + target);
      if (jump) {
        const before = doubt;
        const step = pass(jump, depth + 1);
        if (matches === 'maybe') {
          if (step === 'accept') doubt ??= compiled;
          else if (step !== 'next') {
            doubt = before; // refused only where a special condition holds: not all of them
            refusal ??= compiled;
          }
          continue;
        }
        if (step !== 'next') return step;
        if (compiled.goto) return 'next';
        continue;
      }
      if (target === 'ACCEPT') {
        if (matches === 'yes') return 'accept';
        doubt ??= compiled;
      } else if (matches === 'yes' && (target === 'DROP' || target === 'REJECT')) return {refused: compiled};
      else if (target === 'DROP' || target === 'REJECT') refusal ??= compiled;
      else if (matches === 'yes' && target === 'RETURN') return 'next';
      else if (target === 'RETURN') doubt ??= compiled;
    }
    return 'next';
  };
  const step = pass(chains.get(`${base.backend} ${base.chain}`) ?? [], 0);
  const passes = refusal === undefined ? letIn : {...letIn, perhaps: (refusal as CompiledRule).rule.text};
  if (step === 'accept') return passes;
  if (step === 'next') {
    if (base.policy !== 'DROP') return passes;
    const why = `policy DROP of ${base.chain} (${base.backend})`;
    if (!base.sure) return {let: 'unclear', why: `${why}: which of the two back ends has it is not told`, general: true};
    return doubt ? {let: 'unclear', why: `${doubt.rule.text}, then ${why}`, general: true} : {let: 'out', why, general: true};
  }
  const {rule, general} = step.refused;
  return doubt ? {let: 'unclear', why: `${doubt.rule.text}, then ${rule.text}`, general} : {let: 'out', why: `rule ${rule.position} of ${rule.chain} (${rule.backend}): ${rule.text}`, general, rule};
}
