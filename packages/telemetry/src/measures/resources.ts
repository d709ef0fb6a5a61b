import type { ClusterResources } from "@troupe/dist";

import type { Measure, Sample } from "./measure.js";

type HostAmounts = ClusterResources["total"];

/** What may be given to actors and tasks, and what of it is free. */
export const resourceMeasures: readonly Measure[] = [
  amounts("troupe_resource_capacity", "What a machine has to give to actors and tasks.", "total"),
  amounts("troupe_resource_available", "What of that nobody has.", "available"),
  {
    name: "troupe_resource_requests_waiting",
    type: "gauge",
    help: "Requests that wait until resources are free.",
    labels: [],
    read: ({ resources }) => [[{}, resources.waiting.length]],
  },
];

function amounts(name: Measure["name"], help: string, which: "total" | "available"): Measure {
  return {
    name,
    type: "gauge",
    help,
    // Units differ, so they are a label: nobody is to add up cores and bytes.
    labels: ["host", "resource", "unit"],
    read: ({ resources }) => Object.entries(resources[which].hosts).flatMap(samplesOf),
  };
}

function samplesOf([host, amount]: [string, HostAmounts["hosts"][string]]): Sample[] {
  const { cpu, memory, gpu, resources } = amount;
  return [
    [{ host, resource: "cpu", unit: "core" }, cpu],
    [{ host, resource: "memory", unit: "byte" }, memory],
    [{ host, resource: "gpu", unit: "device" }, gpu],
    ...Object.entries(resources).map(([resource, custom]): Sample => [
      { host, resource, unit: "custom" },
      custom,
    ]),
  ];
}
