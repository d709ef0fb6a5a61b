/** Names in Redis of everything that belongs to one store. */
export interface Names {
  /** Stands before a key to give its record's name. */
  readonly records: string;
  readonly index: string;
  readonly expiries: string;
  readonly sequence: string;
  /** Channels know no databases, so the database is part of the name. */
  readonly channel: string;
}

export function namesOf(prefix: string, database: number): Names {
  return {
    records: `${prefix}:value:`,
    index: `${prefix}:keys`,
    expiries: `${prefix}:expiries`,
    sequence: `${prefix}:sequence`,
    channel: `${prefix}:changes:${database}`,
  };
}
