/**
 * Diagnosis beside the screen: at most once a second, never two at a time, made by a doctor that may be a thread of its
 * own. The screen only ever sees a judgement that is finished.
 */
import {createDiagnoser} from '../checks/diagnose.ts';
import {flatten} from '../checks/fold.ts';
import type {FabricSource} from '../fabric/source.ts';
import type {Diagnosis, Finding} from '../model/finding.ts';
import type {Fabric} from '../model/fabric.ts';

/** How many causes there are by outcome; the diagnosis itself is bounded. */
export interface Judgement {
  readonly diagnosis: Diagnosis;
  readonly causes: Readonly<Record<'fail' | 'warn' | 'unknown', number>>;
  readonly left: number; // causes that are not in `diagnosis`: there are too many to show
}

export interface Doctor {
  judge(fabric: Fabric, now: number): Promise<Judgement>;
  close(): void;
}

const most = 1000; // findings, symptoms included
const mostSuspected = 50; // each without what it would explain

/** The worst first, as they are ordered: what is beyond the bound is only counted. */
export function bounded(diagnosis: Diagnosis, limit = most): Judgement {
  const causes = {fail: 0, warn: 0, unknown: 0};
  const kept: Finding[] = [];
  let room = limit;
  for (const cause of diagnosis.causes) {
    if (cause.outcome !== 'pass') causes[cause.outcome]++;
    if (room <= 0) continue;
    const all = [...flatten([cause])].length;
    kept.push(all <= room ? cause : {...cause, symptoms: cause.symptoms.slice(0, room).map((symptom) => ({...symptom, symptoms: []}))});
    room -= all;
  }
  return {diagnosis: {...diagnosis, causes: kept, suspected: diagnosis.suspected.slice(0, mostSuspected).map((one) => ({...one, symptoms: []}))}, causes, left: diagnosis.causes.length - kept.length};
}

/** In this thread: for small fabrics and tests. */
export function doctorHere(): Doctor {
  const diagnose = createDiagnoser();
  return {judge: async (fabric, now) => bounded(diagnose(fabric, now)), close: () => undefined};
}

export interface DiagnosingParts {
  readonly source: FabricSource;
  readonly doctor: Doctor;
  readonly now: () => number;
  readonly told: (judgement: Judgement) => void;
  readonly failed: (why: string) => void;
  readonly gapMs?: number; // between the end of one and the beginning of the next
  readonly againMs?: number; // without any change: readings grow stale, findings grow old
}

/** Begins, and returns what ends it. */
export function startDiagnosing({source, doctor, now, told, failed, gapMs = 1000, againMs = 5000}: DiagnosingParts): () => void {
  let timer: NodeJS.Timeout | undefined;
  let due = 0; // when the timer fires
  let earliest = 0;
  let busy = false;
  let changed = false;
  let ended = false;
  const at = (time: number): void => {
    if (timer && due <= time) return;
    clearTimeout(timer);
    due = time;
    timer = setTimeout(() => void pass(), Math.max(0, time - performance.now()));
    timer.unref();
  };
  const pass = async (): Promise<void> => {
    timer = undefined;
    if (busy || ended) return;
    busy = true;
    changed = false;
    try {
      const judgement = await doctor.judge(source.current(), now());
      if (!ended) told(judgement);
    } catch (error) {
      if (!ended) failed(error instanceof Error ? error.message : String(error));
    }
    busy = false;
    if (ended) return;
    earliest = performance.now() + gapMs;
    at(changed ? earliest : performance.now() + againMs);
  };
  const off = source.subscribe(() => {
    changed = true;
    if (!busy) at(earliest);
  });
  at(0);
  return () => {
    ended = true;
    clearTimeout(timer);
    off();
    doctor.close();
  };
}
