import {describe, expect, it} from 'vitest';
import {Schedule} from '../../../src/fabric/schedule.ts';

const periods = {fast: 2000, medium: 10_000, slow: 60_000};
const items = [{id: 'f', tier: 'fast'}, {id: 'm', tier: 'medium'}] as const;
const ids = (schedule: Schedule, now: number) => schedule.due(now).map((item) => item.id);

describe('a schedule', () => {
  it('has everything due at first, then each tier after its period', () => {
    const schedule = new Schedule(items, periods, () => 0.5);
    expect(ids(schedule, 0)).toEqual(['f', 'm']);
    schedule.done(['f', 'm'], 0, 100);
    expect(ids(schedule, 1999)).toEqual([]);
    expect(schedule.wait(100)).toBe(1900);
    expect(ids(schedule, 2000)).toEqual(['f']);
    expect(ids(schedule, 10_000)).toEqual(['f', 'm']);
  });
  it('jitters by a tenth either way', () => {
    for (const [random, due] of [[0, 1800], [1, 2200]] as const) {
      const schedule = new Schedule(items, periods, () => random);
      schedule.done(['f', 'm'], 0, 0);
      expect(schedule.wait(0)).toBeCloseTo(due);
    }
  });
  it('a round longer than its period leads to the next at once, not to a backlog', () => {
    const schedule = new Schedule(items, periods, () => 0.5);
    schedule.done(['f', 'm'], 0, 9000);
    expect(ids(schedule, 9000)).toEqual(['f']);
    schedule.done(['f'], 9000, 9010);
    expect(ids(schedule, 9010)).toEqual([]);
  });
  it('what is held is not due, also not when expedited, until it is done', () => {
    const schedule = new Schedule(items, periods, () => 0.5);
    schedule.hold(['f']);
    schedule.expedite();
    expect(ids(schedule, 0)).toEqual(['m']);
    schedule.done(['f'], 0, 5000);
    expect(ids(schedule, 5000)).toContain('f');
  });
});
