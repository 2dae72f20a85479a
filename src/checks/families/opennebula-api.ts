/** That OpenNebula answers, lets the user in, and shows what the console asks for. */
import type {CloudProbeId} from '../../model/fabric.ts';
import type {Check} from '../check.ts';
import {node} from '../node.ts';
import {cloudSubject, listed, missingPools} from './opennebula-view.ts';

const origin = 'OpenNebula XML-RPC API, 6.8 to 7.4';

export const api: Check = {
  id: 'opennebula.api', family: 'opennebula', origin, holdS: 0,
  title: 'OpenNebula\'s API answers',
  explanation: 'Looks at the connection to oned (XML-RPC): refused, timed out, lost. An answer that refuses the user is an answer, and passes here.',
  remedy: 'On the front-end: systemctl status opennebula, and whether the endpoint (port 2633, or its proxy or tunnel) can be reached from here.',
  run(view, out) {
    const {cloud} = view.fabric;
    if (!cloud) return;
    const {phase, problem, attempts} = cloud.access;
    if (phase === 'ready' || phase === 'refused') out.pass(() => cloudSubject);
    else if (!problem) out.unknown(cloudSubject, [view.missingCloud('one.version')]);
    else {
      const [frontend] = view.hosts('frontend');
      out.fail({
        subject: cloudSubject,
        says: `OpenNebula does not answer: ${problem.detail}`,
        evidence: [{text: `${cloud.endpoint}: ${problem.kind}: ${problem.detail} (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`}],
        remedy: {
          text: 'See that oned runs on the front-end (systemctl status opennebula; /var/log/one/oned.log), and that its port can be reached from here.',
          ...(frontend === undefined ? {} : {command: {host: frontend, script: 'systemctl status opennebula --no-pager'}}),
        },
        breaks: [node.cloud()],
        needs: view.hosts('frontend').map(node.host),
      });
    }
  },
};

export const credentials: Check = {
  id: 'opennebula.credentials', family: 'opennebula', origin, holdS: 0,
  title: 'OpenNebula accepts the user and password',
  explanation: 'A refusal (AUTHENTICATION) ends the asking: oned may lock or log a user who tries again and again. It is asked again on refresh.',
  remedy: 'Correct ~/.one/one_auth (or what $ONE_AUTH names), then refresh. A login token may have expired: oneuser token-create.',
  run(view, out) {
    const {cloud} = view.fabric;
    if (!cloud) return;
    const {phase, problem} = cloud.access;
    if (phase === 'ready') out.pass(() => cloudSubject);
    else if (phase !== 'refused') out.unknown(cloudSubject, [view.missingCloud('one.version')], [node.cloud()]);
    else {
      out.fail({
        subject: cloudSubject, says: `OpenNebula refuses the user: ${problem?.detail ?? 'no reason given'}`,
        evidence: [{text: `${cloud.endpoint}: ${problem?.detail ?? 'refused'}`}],
        remedy: {text: 'The password was changed, or a login token has expired. Correct the credentials (~/.one/one_auth, $ONE_AUTH or those of the context), then refresh.'},
        breaks: [node.cloud()],
      });
    }
  },
};

export const rights: Check = {
  id: 'opennebula.rights', family: 'opennebula', origin, holdS: 0,
  title: 'OpenNebula\'s user may look',
  explanation: 'oned answers a user without rights with empty lists and success. There is always a cluster (default): who sees none sees nothing, and no conclusion is drawn from what such a user does not see.',
  remedy: 'Use a user of group oneadmin, or give this one USE rights on clusters, hosts, networks, datastores and VMs (oneacl create).',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const clusters = view.cloud('one.clusters');
    if (!clusters) out.unknown(cloudSubject, [view.missingCloud('one.clusters')], [node.cloud()]);
    else if (clusters.length > 0) out.pass(() => cloudSubject);
    else {
      const count = (probe: 'one.hosts' | 'one.vms' | 'one.vnets'): string => `${view.cloud(probe)?.length ?? '?'}`;
      out.fail({
        subject: cloudSubject, says: 'OpenNebula\'s user has no rights: it sees not even a cluster',
        evidence: [{text: `clusters 0, hosts ${count('one.hosts')}, VMs ${count('one.vms')}, networks ${count('one.vnets')}; ${view.hosts('vtep').length} hypervisors are known here`, stamp: view.cloudStamp('one.clusters')}],
        remedy: {text: 'Use a user of group oneadmin, or give this one USE rights: oneacl create "#ID CLUSTER+HOST+NET+DATASTORE+VM/* USE".'},
        breaks: [node.cloud()],
      });
    }
  },
};

/** What diagnosis reads. */
const pools = ['one.version', 'one.hosts', 'one.clusters', 'one.datastores', 'one.vnets', 'one.vms', 'one.vrouters'] as const satisfies readonly CloudProbeId[];

export const readable: Check = {
  id: 'opennebula.pools', family: 'opennebula', origin, holdS: 0,
  title: 'Each pool of OpenNebula can be read',
  explanation: 'While oned answers as a whole, one call may be denied, too big, or answered in a way that is not understood. Each pool that checks rest on is a subject of its own.',
  remedy: 'Read the words of oned in the evidence; oned.log on the front-end has more.',
  run(view, out) {
    if (view.fabric.cloud?.access.phase !== 'ready') return; // said by opennebula.api and opennebula.credentials
    for (const probe of pools) {
      const subject = {...cloudSubject, id: probe, label: `OpenNebula's ${probe.slice(4)}`};
      const problem = view.fabric.cloud.readings[probe]?.problem;
      if (view.cloud(probe) !== undefined) out.pass(() => subject);
      else if (!problem) out.unknown(subject, [view.missingCloud(probe)]);
      else {
        out.fail({
          subject, says: `OpenNebula's ${probe.slice(4)} cannot be read: ${problem.detail}`,
          evidence: [{text: `${view.fabric.cloud.readings[probe]!.command}: ${problem.kind}: ${problem.detail}`, stamp: view.cloudStamp(probe)}],
          remedy: {text: problem.kind === 'denied' ? 'Give the user USE rights on this pool (oneacl create), or use one of group oneadmin.' : 'See oned.log on the front-end for what happened to this call.'},
          breaks: [node.reading('OpenNebula', probe)],
          needs: [node.cloud()],
        });
      }
    }
  },
};

export const visible: Check = {
  id: 'opennebula.visible', family: 'opennebula', origin, holdS: 60,
  title: 'OpenNebula\'s user sees all that clusters and hosts name',
  explanation: 'Clusters name their hosts, networks and datastores, hosts name their VMs. What is named and not in its pool is there, and hidden from this user: nothing can be said of it, and its MACs look like nobody\'s. What was just made or removed may differ for a moment.',
  remedy: 'Give the user USE rights on the objects (oneacl create, onevm chmod), or use one of group oneadmin.',
  run(view, out) {
    if (!view.fabric.cloud) return;
    const missing = missingPools(view, ['one.clusters', 'one.hosts', 'one.vnets', 'one.datastores', 'one.vms']);
    if (missing.length > 0) {
      out.unknown(cloudSubject, missing, [node.cloud()]);
      return;
    }
    const clusters = view.cloud('one.clusters') ?? [];
    const hosts = view.cloud('one.hosts') ?? [];
    const hidden = (what: string, named: readonly number[], seen: readonly {readonly id: number}[]): readonly string[] => {
      const ids = new Set(seen.map(({id}) => id));
      const unseen = [...new Set(named)].filter((id) => !ids.has(id));
      return unseen.length === 0 ? [] : [`${what} ${listed(unseen)}`];
    };
    const all = [
      ...hidden('hosts', clusters.flatMap(({hostIds}) => hostIds), hosts),
      ...hidden('networks', clusters.flatMap(({vnetIds}) => vnetIds), view.cloud('one.vnets') ?? []),
      ...hidden('datastores', clusters.flatMap(({datastoreIds}) => datastoreIds), view.cloud('one.datastores') ?? []),
      ...hidden('VMs', hosts.flatMap(({vmIds}) => vmIds), view.cloud('one.vms') ?? []),
    ];
    if (all.length === 0) out.pass(() => cloudSubject);
    else {
      out.warn({
        subject: cloudSubject, says: `OpenNebula's user does not see ${all.join('; ')}`,
        evidence: [{text: 'named by clusters or hosts, and not in their pools', stamp: view.cloudStamp('one.clusters')}],
        remedy: {text: 'Give the user USE rights on them (oneacl create, onevm chmod), or use one of group oneadmin.'},
      });
    }
  },
};
