import { checkOptions, type OptionRules, TroupeError } from "@troupe/core";
import type { Cluster } from "@troupe/dist";
import { Counter, Gauge, Registry } from "prom-client";

import { MetricsEndpoint, type ServeOptions } from "./endpoint.js";
import { actorMeasures } from "./measures/actors.js";
import { clusterMeasures } from "./measures/cluster.js";
import type { Labels, Measure, Seen } from "./measures/measure.js";
import { objectMeasures } from "./measures/objects.js";
import { processMeasures } from "./measures/processes.js";
import { resourceMeasures } from "./measures/resources.js";
import { taskMeasures } from "./measures/tasks.js";
import { takeSnapshot } from "./snapshot.js";
import { Tally } from "./tally.js";

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** Where the metrics go, as prom-client's `register`, which all of a program share. Default: one of their own. */
  readonly registry?: Registry | undefined;
  /** Milliseconds for gathering, for when the head does not answer; 30,000 at most. Default 5,000. */
  readonly timeout?: number | undefined;
}

const rules: OptionRules<MetricsOptions> = {
  registry: {
    must: "a Registry of prom-client",
    holds: (value) => typeof (value as Registry | null)?.registerMetric === "function",
  },
  timeout: {
    must: "a number of milliseconds above 0, and 30,000 at most",
    holds: (value) => typeof value === "number" && value > 0 && value <= 30_000,
  },
};

const defaultTimeout = 5_000;

const measures: readonly Measure[] = [
  ...processMeasures,
  ...clusterMeasures,
  ...actorMeasures,
  ...taskMeasures,
  ...resourceMeasures,
  ...objectMeasures,
];

/**
 * Metrics of a cluster. Its processes are asked when somebody asks for them, and at no other time; from now on it is
 * counted who dies.
 *
 * @throws ERR_CONFIG for options that are wrong, a registry that has metrics of a cluster already, or no cluster.
 */
export function metrics(cluster: Cluster, options: MetricsOptions = {}): ClusterMetrics {
  return new ClusterMetrics(cluster, options);
}

/** Metrics of one cluster, in a registry of prom-client. Ends with its cluster. */
export class ClusterMetrics implements AsyncDisposable {
  /** For metrics of one's own, which are then told with those of the cluster. */
  readonly registry: Registry;
  readonly #timeout: number;
  readonly #tally: Tally;
  readonly #endpoints = new Set<MetricsEndpoint>();
  readonly #stay: () => void;
  /** What is being gathered: who asks meanwhile gets the same. */
  #seeing: Promise<Seen> | undefined;
  #closed: Promise<void> | undefined;

  /** Use {@link metrics}. */
  constructor(
    private readonly cluster: Cluster,
    options: MetricsOptions,
  ) {
    if (typeof (cluster as Partial<Cluster> | undefined)?.endWith !== "function")
      throw new TroupeError("ERR_CONFIG", "metrics() is of a cluster that init() gave.");
    checkOptions("metrics()", options, rules);
    if (cluster.isClosed) throw closedError();
    const { registry = new Registry(), timeout = defaultTimeout } = options;
    checkFree(registry);
    this.registry = registry;
    this.#timeout = timeout;
    this.#tally = new Tally(cluster);
    for (const measure of measures) this.#register(measure);
    this.#stay = cluster.endWith(() => this.close());
  }

  /**
   * All metrics of the registry, in the text format of Prometheus. Processes have a second to answer.
   *
   * @throws ERR_TIMEOUT when the head does not answer, ERR_ACTOR_DIED when it is gone, ERR_CLOSED
   */
  async text(): Promise<string> {
    if (this.#closed) throw closedError();
    return this.registry.metrics();
  }

  /**
   * Serves the metrics to scrapers, until it or the cluster is closed.
   *
   * @throws ERR_CONFIG also when another listens there already, ERR_CLOSED
   */
  async serve(options: ServeOptions = {}): Promise<MetricsEndpoint> {
    if (this.#closed) throw closedError();
    const source = { contentType: this.registry.contentType, text: () => this.text() };
    const endpoint = await MetricsEndpoint.open(source, options, (closed) => this.#endpoints.delete(closed));
    this.#endpoints.add(endpoint);
    // It may have been closed meanwhile.
    if (!this.#closed) return endpoint;
    await endpoint.close();
    throw closedError();
  }

  /** Ends its endpoints, and takes its metrics out of the registry. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stay();
    this.#tally.close();
    for (const { name } of measures) this.registry.removeSingleMetric(name);
    await Promise.all(Array.from(this.#endpoints, (endpoint) => endpoint.close()));
  }

  /** Its values are read when the registry is. */
  #register({ name, type, help, labels, read }: Measure): void {
    const Metric = type === "counter" ? Counter : Gauge;
    const metric: Values = new Metric({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: async () => {
        const seen = await this.#see();
        metric.reset();
        for (const [of, value] of read(seen)) metric.inc(of, value);
      },
    });
  }

  #see(): Promise<Seen> {
    return (this.#seeing ??= this.#look().finally(() => (this.#seeing = undefined)));
  }

  async #look(): Promise<Seen> {
    const snapshot = await takeSnapshot(this.cluster, { timeout: this.#timeout });
    this.#tally.see(snapshot.actors);
    return { ...snapshot, tally: this.#tally };
  }
}

/** A counter or a gauge: no value at first, and after a reset. */
interface Values {
  reset(): void;
  inc(labels: Labels, value: number): void;
}

/** @throws ERR_CONFIG */
function checkFree(registry: Registry): void {
  const taken = measures.find(({ name }) => registry.getSingleMetric(name));
  if (!taken) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `The registry has a metric ${taken.name} already: metrics of two clusters need a registry each, as do those of one cluster that are made twice.`,
    { details: { option: "registry", metric: taken.name } },
  );
}

function closedError(): TroupeError {
  return new TroupeError("ERR_CLOSED", "The metrics were closed, or their cluster was.");
}
