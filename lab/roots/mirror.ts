import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {tryRun} from '../run.ts';

/** Roots cannot be made here and now, through no fault of the lab: no debootstrap, no mirror, no way to it. */
export class Unavailable extends Error {}

const wordsOf = (text: string | undefined): string[] => text?.split(/\s+/).filter(word => word !== '') ?? [];

/** Pure: URIs of the given suite's `main` in a file of sources.list's old form (one source a line). */
export const mirrorsInList = (text: string, suite: string): string[] => text.split('\n').flatMap(line => {
  const [, uri, name, components] = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line) ?? [];
  return uri !== undefined && name === suite && wordsOf(components).includes('main') ? [uri] : [];
});

/** Pure: the same for the deb822 form (stanzas of `Field: value`). */
export const mirrorsInSources = (text: string, suite: string): string[] => text.split(/\n\s*\n/).flatMap(stanza => {
  const field = (name: string): string[] => wordsOf(new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'mi').exec(stanza)?.[1]);
  const enabled = !field('Enabled').includes('no');
  return enabled && field('Types').includes('deb') && field('Suites').includes(suite) && field('Components').includes('main') ? field('URIs') : [];
});

/** The mirror that this machine takes its own Debian from. Throws Unavailable when there is none over HTTP. */
export const configuredMirror = (): string => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || suite === undefined) throw new Unavailable('this machine is no Debian, so no mirror is known');
  const parts = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(existsSync(parts) ? readdirSync(parts).toSorted().map(file => join(parts, file)) : [])].filter(existsSync);
  const found = files.flatMap(file => {
    const text = readFileSync(file, 'utf8');
    return file.endsWith('.sources') ? mirrorsInSources(text, suite) : file.endsWith('.list') ? mirrorsInList(text, suite) : [];
  }).find(uri => /^https?:/.test(uri));
  if (found === undefined) throw new Unavailable(`apt has no mirror of ${suite}`);
  return found.replace(/\/$/, '');
};

/** Looks whether the mirror has a suite, by apt's own means and settings. Throws Unavailable. */
export const mustServe = async (mirror: string, suite: string): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'evpn-tui-mirror-'));
  try {
    const answer = await tryRun(['/usr/lib/apt/apt-helper', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20', '-o', 'APT::Sandbox::User=root', 'download-file', `${mirror}/dists/${suite}/Release`, join(folder, 'Release')]);
    if (answer.code !== 0) throw new Unavailable(`apt's mirror does not serve ${suite}: ${(answer.stderr || answer.stdout).trim().split('\n').at(-1)}`);
  } finally {
    rmSync(folder, {recursive: true});
  }
};
