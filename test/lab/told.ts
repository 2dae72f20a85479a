import {flatten} from '../../src/checks/fold.ts';
import type {Diagnosis} from '../../src/model/finding.ts';
import type {Told} from './protocol.ts';

/** A diagnosis as it is handed over: no evidence, no stamps. */
export const told = ({causes, counts}: Diagnosis): Told => ({
  causes: causes.map((cause) => ({id: cause.id, outcome: cause.outcome, says: cause.says, explains: [...flatten(cause.symptoms)].map(({id}) => id)})),
  passes: Object.values(counts).reduce((sum, {pass}) => sum + pass, 0),
});
