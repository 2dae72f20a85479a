/** The version, from package.json: esbuild puts the text in. */
import pkg from '../../package.json' with {type: 'json'};

export const version: string = pkg.version;
