import {join} from 'node:path';
import {stateFolder} from '../state.ts';

/** What the lab's OpenNebula writes for the console, in the manner of ~/.one, and for the lab itself. */
export interface CloudFiles {
  /** Secret: user:password. */
  readonly oneAuth: string;
  /** URL, as seen from ops. */
  readonly oneEndpoint: string;
  /** Written last: once it is there, oned answers. */
  readonly pid: string;
  readonly log: string;
}

export const cloudFiles = (lab: string): CloudFiles => {
  const at = (file: string): string => join(stateFolder(lab), file);
  return {oneAuth: at('one_auth'), oneEndpoint: at('one_endpoint'), pid: at('opennebula.pid'), log: at('opennebula.log')};
};
