import { z } from "zod";

/**
 * The part of a job that a launcher fills in, as Nomad's "JSON job specification" has it. Strict: Nomad passes over a
 * field that it does not know, and a test is to notice.
 */
export const jobRequest = z.strictObject({
  Job: z.strictObject({
    ID: z.string().regex(/^[^\s/]{1,128}$/),
    Name: z.string().min(1),
    Type: z.literal("batch"),
    Datacenters: z.array(z.string()).min(1),
    Namespace: z.string().optional(),
    Region: z.string().optional(),
    NodePool: z.string().optional(),
    TaskGroups: z.tuple([
      z.strictObject({
        Name: z.string().min(1),
        Count: z.int().min(1),
        RestartPolicy: z.strictObject({ Attempts: z.int(), Mode: z.enum(["fail", "delay"]) }),
        ReschedulePolicy: z.strictObject({ Attempts: z.int(), Unlimited: z.boolean() }),
        Tasks: z.tuple([
          z.strictObject({
            Name: z.string().min(1),
            Driver: z.enum(["raw_exec", "exec"]),
            Config: z.strictObject({
              command: z.string().min(1),
              args: z.array(z.string()),
              work_dir: z.string().startsWith("/").optional(),
            }),
            Env: z.record(z.string(), z.string()),
            Resources: z.strictObject({
              Cores: z.int().min(1).optional(),
              MemoryMB: z.int().min(10).optional(),
              Devices: z.array(z.strictObject({ Name: z.string(), Count: z.int().min(1) })).optional(),
            }),
          }),
        ]),
      }),
    ]),
  }),
});

export type Job = z.output<typeof jobRequest>["Job"];
