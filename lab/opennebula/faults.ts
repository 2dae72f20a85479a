import {cloudFaultNames} from '../../src/simulator/oned/faults.ts';
import {control} from './control.ts';

/** Faults of the catalogue that are done to OpenNebula itself, in the lab: by name, each of them reversible. */
export interface LabCloudFault {
  readonly name: string;
  /** `host`: as OpenNebula names it; `vm`: by name. Both have a default. Throws with OpenNebula's words. */
  apply(lab: string, target?: {readonly host?: string; readonly vm?: string}): Promise<void>;
  /** What is not in force is left as it is. */
  undo(lab: string): Promise<void>;
}

export const cloudFaults: readonly LabCloudFault[] = cloudFaultNames.map(name => ({
  name,
  apply: async (lab, target = {}) => void await control(lab, {do: 'break', fault: name, ...target}),
  undo: async lab => void await control(lab, {do: 'mend', fault: name}),
}));
