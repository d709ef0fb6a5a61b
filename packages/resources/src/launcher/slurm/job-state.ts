import { reasonOfCode } from "../exit-reason.js";
import type { Launched, LaunchState } from "../launcher.js";

/** Fields of `squeue --Format` for {@link parseJobs}, each with a separator that none of them holds. */
export const jobFormat = "JobID:|,Name:|,State:|,Reason:|,exit_code:|";

/** What Slurm's states are here, see JOB STATE CODES in squeue(1). Those that are absent are of a job that runs. */
const states: Readonly<Record<string, LaunchState>> = {
  PENDING: "waiting",
  CONFIGURING: "waiting",
  REQUEUED: "waiting",
  REQUEUE_FED: "waiting",
  REQUEUE_HOLD: "waiting",
  RESV_DEL_HOLD: "waiting",
  SPECIAL_EXIT: "waiting",
  COMPLETED: "ended",
  CANCELLED: "stopped",
  BOOT_FAIL: "failed",
  DEADLINE: "failed",
  FAILED: "failed",
  NODE_FAIL: "failed",
  OUT_OF_MEMORY: "failed",
  PREEMPTED: "failed",
  REVOKED: "failed",
  TIMEOUT: "failed",
};

/** The jobs that `squeue` printed whose name begins with the prefix, which is taken off; oldest first. */
export function parseJobs(printed: string, prefix: string): Launched[] {
  return printed
    .split("\n")
    .map((line) => line.split("|"))
    .filter(([, name]) => name?.startsWith(prefix))
    .map(([id = "", name = "", job = "", reason = "", code = ""]) => {
      const state = states[job] ?? "running";
      const words = reasonOf(state, job, reason, Number(code));
      return {
        id,
        name: name.slice(prefix.length),
        state,
        ...(words === undefined ? {} : { reason: words }),
      };
    })
    .sort((a, b) => Number(a.id) - Number(b.id));
}

/** @param status As wait(2) gives it: the signal in the low bits, the exit code above. */
function reasonOf(state: LaunchState, job: string, reason: string, status: number): string | undefined {
  if (state !== "failed") return state === "waiting" && reason !== "None" ? reason : undefined;
  const signal = status & 127;
  const words = reasonOfCode(status >> 8, signal === 0 ? undefined : `signal ${signal}`);
  if (job === "FAILED" && words !== undefined) return words;
  return reason === "None" || reason === "" ? job : reason;
}
