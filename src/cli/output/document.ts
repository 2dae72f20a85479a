/** The machine-readable answer of every reading command: one envelope, stable, with a schema in docs/schema. */
import {stringify} from 'yaml';
import type {Fabric} from '../../model/fabric.ts';

export const apiVersion = 'evpn-tui/v1';

export interface Document {
  readonly apiVersion: typeof apiVersion;
  readonly kind: string;
  readonly context: string;
  readonly at: string; // ISO 8601
  readonly sources: readonly {readonly name: string; readonly phase: string; readonly problem: {readonly kind: string; readonly detail: string} | null}[];
  readonly [more: string]: unknown;
}

export function documentOf(kind: string, fabric: Fabric, more: Readonly<Record<string, unknown>>): Document {
  const hosts = [...fabric.hosts.values()].map(({spec, access}) => ({name: spec.name, phase: access.phase, problem: access.problem ?? null}));
  const cloud = fabric.cloud ? [{name: fabric.cloud.endpoint, phase: fabric.cloud.access.phase, problem: fabric.cloud.access.problem ?? null}] : [];
  return {apiVersion, kind, context: fabric.name, at: new Date(fabric.at).toISOString(), sources: [...hosts, ...cloud], ...more};
}

export const asJson = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
export const asYaml = (document: unknown): string => stringify(document, {aliasDuplicateObjects: false});
