import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {spawnSync} from 'node:child_process';
import {missingMorePackages, missingPackages, whyNoLab} from './requirements.ts';

/** Beside what the tests report: it goes with the checkout. */
const noteFile = join(resolve(import.meta.dirname, '..'), '.tmp', 'prepared');
/** True once `prepare` has come to its end in this checkout: what is missing then is a failure, and no reason to skip. */
export const wasPrepared = (): boolean => existsSync(noteFile);

const policyFile = '/usr/sbin/policy-rc.d';

const apt = (...argv: string[]): void => {
  const {status, error} = spawnSync('apt-get', argv, {stdio: 'inherit', env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'}});
  if (error) throw error;
  if (status !== 0) throw new Error(`apt-get ${argv.join(' ')}: exit ${status}`);
};

/** On Debian and its kin, without starting a single service. */
const install = (packages: readonly string[]): void => {
  // Debian asks this file before it starts a service; 101 means "no". A file that was there is somebody's decision.
  const ours = !existsSync(policyFile);
  if (ours) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', {mode: 0o755});
  try {
    apt('update', '-q');
    apt('install', '-q', '-y', '--no-install-recommends', ...packages);
  } finally {
    if (ours) rmSync(policyFile);
  }
};

/** Installs what is missing, and notes that it did; throws when a lab cannot be built here even then. */
export const prepare = (): void => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('the lab needs Linux and root');
  const missing = [...missingPackages(), ...missingMorePackages()];
  if (missing.length > 0) install(missing);
  const left = whyNoLab();
  if (left) throw new Error(`the lab cannot be built here: ${left}`);
  mkdirSync(dirname(noteFile), {recursive: true});
  writeFileSync(noteFile, '');
};
