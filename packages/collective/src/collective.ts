import { isTroupeError, timeLeft, TroupeError, type WaitOptions } from "@troupe/core";
import { shmProblem } from "@troupe/shm";

import { checkHost } from "./collective-name.js";
import { CollectiveGroup } from "./group.js";
import { found, join } from "./meeting.js";
import { Members } from "./members.js";
import type { Memory } from "./memory.js";
import { checked, type CollectiveOptions, type Joining } from "./options.js";
import { Waiting } from "./waiting.js";

/**
 * Joins a group, and settles when all of its members have: actors, tasks, threads or processes of one host, each of
 * which calls this with the same name and size and a rank of its own.
 *
 * ```ts
 * await using group = await collective({ name: "learners", rank, size: 4 });
 * await group.allreduce(gradients, { into: gradients }); // the sum of all four
 * ```
 *
 * @throws ERR_NAME_TAKEN when there is another member of the rank; ERR_TIMEOUT when members did not come;
 * ERR_PEER_LEFT when one that had come did not wait; ERR_CONFIG for options that are wrong, another size than the
 * others', the name of a group of another host, or where there is no shared memory; ERR_STORE_FULL, ERR_CANCELLED.
 */
export async function collective(options: CollectiveOptions): Promise<CollectiveGroup> {
  const joining = checked(options);
  const { name, rank } = joining;
  checkHost(name);
  const problem = shmProblem();
  if (problem !== undefined) throw new TroupeError("ERR_CONFIG", problem);
  const left = timeLeft(options);
  const memory = await (rank === 0 ? found(joining, left()) : join(joining, left())).catch(
    (error: unknown) => {
      throw isTroupeError(error, "ERR_TIMEOUT") ? absent(joining, [0], options) : error;
    },
  );
  const members = new Members(memory, rank, name);
  const waiting = new Waiting(members);
  const group = new CollectiveGroup(name, memory, members, waiting);
  try {
    const missing = () => members.firstAbsent();
    await waiting.until(`joining the group ${name}`, missing, () => members.over(), left());
    return group;
  } catch (error) {
    const isLate = isTroupeError(error, "ERR_TIMEOUT");
    const ranks = absentees(memory);
    group.close();
    throw isLate ? absent(joining, ranks, options) : error;
  }
}

function absentees({ members }: Memory): number[] {
  return members.flatMap(({ seat }, rank) => (Atomics.load(seat, 0) === 0 ? [rank] : []));
}

function absent(
  { name, size }: Joining,
  ranks: readonly number[],
  { timeout = Infinity }: WaitOptions,
): TroupeError {
  const who = ranks.length === 1 ? `Member ${ranks[0]!}` : `Members ${ranks.join(", ")}`;
  return new TroupeError(
    "ERR_TIMEOUT",
    `${who} of the group ${name} did not come within ${timeout} ms: all ${size} are to be on this host, and to call collective() with this name and size.`,
    { details: { group: name, members: ranks, timeout } },
  );
}
