import {makeRoots} from './make.ts';
import {releases} from './releases.ts';

/** `node lab/roots/main.ts [VERSION…]`: makes roots ahead of a lab. */
const asked = process.argv.slice(2);
await makeRoots(asked.length > 0 ? asked : releases.map(release => release.frr), line => console.log(line)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
