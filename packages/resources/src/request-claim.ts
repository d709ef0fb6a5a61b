import type { Allocation } from "./allocation.js";
import type { Ledger } from "./ledger/ledger.js";
import { type Asked, choose, isPossible, mayUse } from "./placing.js";
import { describeAsked, impossibleRequest } from "./refusal.js";
import type { Claim } from "./waiting/claim.js";

/** A request as something that may have to wait. */
export function requestClaim(ledger: Ledger, asked: Asked): Claim<Allocation> {
  const { request, need } = asked;
  return {
    asked: request,
    owner: request.owner,
    by: request.by ?? request.owner,
    needs: [need],
    group: request.group,
    get what() {
      return describeAsked(asked);
    },
    take() {
      const choice = choose(ledger, asked);
      return choice && ledger.take(request, need, choice.place, choice.source, choice.devices);
    },
    refusal: () =>
      isPossible(ledger, asked, (source) => source.total) ? undefined : impossibleRequest(ledger, asked),
    fits: (capacity) => isPossible(ledger, asked, capacity),
    mayUse: (source) => mayUse(ledger, asked, source),
  };
}
