import type { ProcessInfo } from "@troupe/dist";

import { type Measure, type Sample, type Seen, seconds } from "./measure.js";

/** What processes take; of those alone that answer, but for the first. */
export const processMeasures: readonly Measure[] = [
  {
    name: "troupe_up",
    type: "gauge",
    help: "Whether a process of the cluster answered within a second.",
    labels: ["host", "process"],
    // Without the pid: it is the same series when the process is started again.
    read: ({ processes }) =>
      processes.map(({ host, name, unresponsive }) => [{ host, process: name }, unresponsive ? 0 : 1]),
  },
  of("cpu_seconds_total", "counter", "Processor time, in the kernel included.", ({ cpu }) => inSeconds(cpu)),
  of(
    "resident_memory_bytes",
    "gauge",
    "Memory that is not swapped out, what it shares with others included.",
    ({ resident }) => resident,
  ),
  of("heap_used_bytes", "gauge", "Heap that values take.", ({ heapUsed }) => heapUsed),
  of("heap_size_bytes", "gauge", "Heap that there is.", ({ heapTotal }) => heapTotal),
  of("uptime_seconds", "gauge", "Time since the event loop began.", ({ uptime }) => inSeconds(uptime)),
  of(
    "event_loop_busy_seconds_total",
    "counter",
    "Time in which the event loop had something to do; its rate is the utilization, from 0 to 1.",
    ({ busy }) => inSeconds(busy),
  ),
  of(
    "event_loop_delay_median_seconds",
    "gauge",
    "How late the event loop was since metrics were gathered last, for a minute at most: the median.",
    ({ delay }) => inSeconds(delay?.p50),
  ),
  of("event_loop_delay_p99_seconds", "gauge", "The same: the 99th percentile.", ({ delay }) =>
    inSeconds(delay?.p99),
  ),
  of("event_loop_delay_max_seconds", "gauge", "The same: the longest.", ({ delay }) => inSeconds(delay?.max)),
];

function of(
  name: string,
  type: Measure["type"],
  help: string,
  valueOf: (process: ProcessInfo) => number | undefined,
): Measure {
  const read = ({ processes }: Seen) =>
    processes.flatMap((process): Sample[] => {
      const value = valueOf(process);
      return value === undefined ? [] : [[labelsOf(process), value]];
    });
  return { name: `troupe_process_${name}`, type, help, labels: ["host", "process", "pid"], read };
}

function labelsOf({ host, name, pid }: ProcessInfo) {
  return { host, process: name, pid };
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : seconds(milliseconds);
}
