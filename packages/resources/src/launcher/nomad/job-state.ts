import type { Launched, LaunchState } from "../launcher.js";

/** What is read of an entry of Nomad's `GET /v1/jobs`. */
export interface JobStub {
  readonly ID: string;
  readonly Status: string;
  readonly StatusDescription?: string;
  /** Whether somebody stopped it. */
  readonly Stop?: boolean;
  readonly SubmitTime?: number;
  readonly JobSummary?: { readonly Summary?: Readonly<Record<string, Allocations>> | null } | null;
}

/** How many allocations of a task group are in each state. */
type Allocations = Readonly<Partial<Record<"Running" | "Starting" | "Failed" | "Lost" | "Unknown", number>>>;

/** @param prefix What ids begin with; before the unique part, which is the last, comes the name. */
export function launchedOf(job: JobStub, prefix: string): Launched {
  const state = stateOf(job);
  const reason = state === "waiting" || state === "failed" ? job.StatusDescription : undefined;
  const name = job.ID.slice(prefix.length, job.ID.lastIndexOf("."));
  return { id: job.ID, name, state, ...(reason ? { reason } : {}) };
}

function stateOf({ Status, Stop, JobSummary }: JobStub): LaunchState {
  const groups = Object.values(JobSummary?.Summary ?? {});
  const count = (name: keyof Allocations) => groups.reduce((sum, group) => sum + (group[name] ?? 0), 0);
  if (count("Running") + count("Starting") > 0) return "running";
  if (Status !== "dead") return "waiting";
  if (Stop) return "stopped";
  return count("Failed") + count("Lost") + count("Unknown") > 0 ? "failed" : "ended";
}
