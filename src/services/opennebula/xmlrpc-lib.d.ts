/**
 * The two parts of npm's xmlrpc that are used. Its client is not: no deadline, no size cap, no look at the HTTP status,
 * and deprecation warnings that would be written over the screen.
 */
declare module 'xmlrpc/lib/serializer.js' {
  export function serializeMethodCall(method: string, params: readonly unknown[], encoding?: string): string;
}
declare module 'xmlrpc/lib/deserializer.js' {
  /** What it asks of a stream: to be given the sax parser, into which the stream writes. */
  export interface Feed {
    setEncoding(encoding: string): void;
    on(event: 'error', listener: (error: Error) => void): void;
    pipe(parser: {write(chunk: Buffer): void; end(): void}): void;
  }
  export default class Deserializer {
    constructor(encoding?: string);
    deserializeMethodResponse(stream: Feed, callback: (error: (Error & {faultCode?: unknown; faultString?: unknown}) | null, value?: unknown) => void): void;
  }
}
