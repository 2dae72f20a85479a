/** Faults of the fabric itself, in the embedded one. */
import {holdContract} from './suite.ts';

holdContract(['bgp', 'vxlan', 'fdb'], true);
