/** One link of a peer to here, as counted for its credit. */
export interface Sender {
  /** Name of the peer, from its hello. */
  readonly name: string;
  /** Number of the link that the peer gave in its hello; a new link counts anew. */
  readonly link: number;
  /** Bytes of it that arrived and take credit. */
  received: number;
  /** Bytes of it that were consumed. */
  consumed: number;
  /** Of those, bytes that the peer has been told of. */
  acknowledged: number;
}

/** What a received packet took, given back to its sender once all its messages are consumed. */
export interface Parcel {
  readonly sender: Sender;
  readonly bytes: number;
  /** Messages of it that are not consumed yet. */
  left: number;
}
