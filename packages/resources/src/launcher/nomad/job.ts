import type { ParsedRequest } from "../parse-request.js";

/** What all jobs of a launcher have in common. */
export interface JobTerms {
  readonly driver: string;
  readonly datacenters: readonly string[];
  readonly namespace: string | undefined;
  readonly region: string | undefined;
  readonly nodePool: string | undefined;
}

/** Of the one task group of a job, and the one task in it. */
const groupName = "launch";

/** A job as Nomad's `/v1/jobs` takes it: one batch task, which is started once. */
export function batchJob(id: string, request: ParsedRequest, terms: JobTerms): object {
  const { command, args, env, cwd, cpu, memory, gpu } = request;
  return {
    ID: id,
    Name: id,
    Type: "batch",
    Datacenters: terms.datacenters,
    Namespace: terms.namespace,
    Region: terms.region,
    NodePool: terms.nodePool,
    TaskGroups: [
      {
        Name: groupName,
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Tasks: [
          {
            Name: groupName,
            Driver: terms.driver,
            Config: { command, args, work_dir: cwd },
            Env: env,
            Resources: {
              Cores: cpu > 0 ? Math.ceil(cpu) : undefined,
              MemoryMB: memory > 0 ? Math.ceil(memory / 1024 ** 2) : undefined,
              Devices: gpu > 0 ? [{ Name: "gpu", Count: gpu }] : undefined,
            },
          },
        ],
      },
    ],
  };
}
