import type { Amounts } from "../amounts.js";
import type { ResourceRequest } from "../request.js";

/** A host as policies see it; what it has free and its load are those of the moment at which they are read. */
export interface CandidateHost {
  readonly id: string;
  readonly address: string | undefined;
  readonly labels: readonly string[];
  readonly total: Amounts;
  readonly free: Amounts;
  /** The loads of its pools; without pools, allocations held there. */
  readonly load: number;
}

/** A pool as policies see it. */
export interface CandidatePool {
  readonly id: string;
  readonly index: number;
  readonly label: string | undefined;
  /** Actors there, or allocations held there when these are more: an actor that is on its way counts. */
  readonly load: number;
}

/** A place that a request may be given: a pool, or a host that was given without pools. */
export interface Candidate {
  readonly host: CandidateHost;
  readonly pool: CandidatePool | undefined;
}

/**
 * Chooses where a request goes. Three lines make one:
 *
 * ```ts
 * const leastMemory: Policy = { name: "least-memory", choose: (_request, candidates) =>
 *   candidates.reduce((a, b) => (b.host.free.memory < a.host.free.memory ? b : a)) };
 * ```
 */
export interface Policy {
  readonly name: string;
  /**
   * Whether a place is one that may be chosen at all, however full it is. A request that no place admits is
   * refused at once, rather than waiting. Default: all are.
   */
  admits?(candidate: Candidate): boolean;
  /**
   * One of the places in which the request fits now, of which there is at least one, in the order in which hosts
   * and pools were added. `undefined`: none now; the request waits.
   */
  choose(request: ResourceRequest, candidates: readonly Candidate[]): Candidate | undefined;
  /** What {@link parsePolicy} makes this policy of again, elsewhere. A policy of one's own has none. */
  readonly description?: PolicyDescription | undefined;
}

/** A policy as plain data. */
export interface PolicyDescription {
  readonly policy: string;
  readonly value?: unknown;
}
