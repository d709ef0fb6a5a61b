import { hostname } from "node:os";
import { join } from "node:path";

/** Cores that the one node says it has, whatever the machine has. */
const cores = 16;

/** What differs from one cluster to the other. */
export interface SlurmTerms {
  readonly directory: string;
  readonly controllerPort: number;
  readonly nodePort: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly killWait: number;
}

/** `slurm.conf` of a cluster of this machine alone: no accounts, no limits enforced, everything in one directory. */
export function slurmConfig({ directory, controllerPort, nodePort, killWait }: SlurmTerms): string {
  const [name = "localhost"] = hostname().split(".");
  const settings = {
    ClusterName: "test",
    SlurmctldHost: `${name}(127.0.0.1)`,
    SlurmctldPort: controllerPort,
    SlurmdPort: nodePort,
    SlurmUser: "root",
    SlurmdUser: "root",
    AuthType: "auth/munge",
    AuthInfo: `socket=${mungeSocket(directory)}`,
    StateSaveLocation: join(directory, "state"),
    SlurmdSpoolDir: join(directory, "spool"),
    SlurmctldPidFile: join(directory, "slurmctld.pid"),
    SlurmdPidFile: join(directory, "slurmd.pid"),
    MailProg: "/bin/true",
    // Needs no control groups. It knows the processes of a job by their group.
    ProctrackType: "proctrack/pgid",
    TaskPlugin: "task/none",
    JobAcctGatherType: "jobacct_gather/none",
    AccountingStorageType: "accounting_storage/none",
    SwitchType: "switch/none",
    MpiDefault: "none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_CPU_Memory",
    // Several jobs at a time, though most say nothing of their memory.
    DefMemPerCPU: 64,
    // Cores and memory are what this file says.
    SlurmdParameters: "config_overrides",
    ReturnToService: 2,
    KillWait: killWait,
    // A job starts as soon as it can.
    SchedulerParameters: "batch_sched_delay=0,sched_interval=1,sched_min_interval=0",
  };
  return [
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    `NodeName=node NodeHostname=${name} NodeAddr=127.0.0.1 CPUs=${cores} RealMemory=4096 State=UNKNOWN`,
    "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}

/** Where munged listens. */
export function mungeSocket(directory: string): string {
  return join(directory, "munge.socket");
}
