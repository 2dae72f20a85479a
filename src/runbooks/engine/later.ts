/** A value that an earlier step makes, and that is not there yet: what needs it is planned when it is reached. */
export class Later extends Error {
  readonly step: string;

  constructor(step: string) {
    super(`known when step "${step}" is done`);
    this.name = 'Later';
    this.step = step;
  }
}

/** A value of the fabric that was not read: no data is never a pass, nor an empty text. */
export class Unread extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Unread';
  }
}
