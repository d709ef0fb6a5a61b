/**
 * What handlers need to know of a group: who lives in it. A `Proxy` of `@troupe/proxy` is one.
 */
export interface Group {
  /** The component that this member is. */
  readonly component?: string;
  /** Component → names of its living members, this one excluded. Read anew at each dispatch. */
  readonly peers: ReadonlyMap<string, readonly string[]>;
}
