/**
 * Metrics of a cluster, for Prometheus and whatever reads its format: what its processes take, what its actors and their
 * methods do, what its resources and object stores hold. They are gathered when somebody asks; nothing is measured for
 * them before.
 *
 * ```ts
 * import { init } from "@troupe/dist";
 * import { metrics } from "@troupe/telemetry";
 * import { Gauge } from "prom-client";
 *
 * await using cluster = await init({ pools: 2 });
 * const measured = metrics(cluster);
 *
 * await measured.text(); // "# HELP troupe_up …", once
 * const endpoint = await measured.serve({ port: 9464 }); // until it, or the cluster, is closed
 * endpoint.url; // http://127.0.0.1:9464/metrics
 *
 * // What the program itself has to tell goes with it.
 * new Gauge({ name: "episode_return", help: "Of the last episode.", registers: [measured.registry] }).set(475);
 * ```
 *
 * @module
 */
export { type ClusterMetrics, metrics, type MetricsOptions } from "./metrics.js";
export { type MetricsEndpoint, type ServeOptions } from "./endpoint.js";
