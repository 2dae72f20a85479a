/** From the XML of a pool to a list of values, item by item, so that whoever drives it can let others have their turn. */
import {setImmediate as turn} from 'node:timers/promises';
import type {Reading} from '../../model/reading.ts';
import {bad, good} from '../../model/reading.ts';
import {children, element, XmlError, type XmlElement} from './xml.ts';

/** How to read one kind of pool. `read` returns undefined for an item that lacks what an item must have. */
export interface PoolReader<T> {
  readonly pool: string; // "VM_POOL"
  readonly item: string; // "VM"
  read(item: XmlElement, warn: (warning: string) => void): T | undefined;
}

const maxWarnings = 20;

/** Reads one item per step. `single`: the text is one item, not a pool (`one.vn.info`). */
export function* poolSteps<T>(reader: PoolReader<T>, xml: string, single = false): Generator<void, Reading<readonly T[]>> {
  const items: T[] = [];
  const warnings = new Set<string>();
  const warn = (warning: string): void => {
    if (warnings.size < maxWarnings) warnings.add(warning);
  };
  let incomplete = 0;
  try {
    // A single item is checked by the same walk; its own children are not needed.
    const parts = single ? [whole(xml, reader.item)] : children(xml, [reader.pool]);
    for (const part of parts) {
      const parsed = element(part);
      const value = parsed?.name === reader.item ? reader.read(parsed.content, warn) : undefined;
      if (value === undefined) incomplete++;
      else items.push(value);
      yield;
    }
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return bad('garbled', `not the XML of a ${single ? reader.item : reader.pool}: ${error.message}`);
  }
  if (incomplete > 0) warn(`${incomplete} ${reader.item} ${incomplete === 1 ? 'entry is' : 'entries are'} incomplete and left out`);
  return good(items, [...warnings]);
}

function whole(xml: string, item: string): string {
  for (const part of children(xml, [item])) void part;
  return xml;
}

/** In one go: for small texts and tests. */
export function readPool<T>(reader: PoolReader<T>, xml: string, single = false): Reading<readonly T[]> {
  const steps = poolSteps(reader, xml, single);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Holds the event loop for about `sliceMs` at a time. */
export async function readPoolInTurns<T>(reader: PoolReader<T>, xml: string, single = false, sliceMs = 5): Promise<Reading<readonly T[]>> {
  const steps = poolSteps(reader, xml, single);
  for (let sliceEnds = performance.now() + sliceMs; ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() >= sliceEnds) {
      await turn();
      sliceEnds = performance.now() + sliceMs;
    }
  }
}
