// The layers of the packages, lowest first. A package imports from lower layers only.
export const layers = [
  ["core"],
  ["shm", "registry", "storage"],
  ["proxy", "handlers", "resources", "replay", "collective"],
  ["cluster", "objects"],
  ["actors"],
  ["tasks", "parameter-server"],
  ["dist"],
  ["tfjs", "telemetry", "cli"],
];

/** Beside the layers: may import any package, and is imported by tests only. */
export const side = ["testkit"];

/** The layer of a package, infinitely high for one beside them, `undefined` for one that has none. */
export function layerOf(name) {
  if (side.includes(name)) return Infinity;
  const layer = layers.findIndex((names) => names.includes(name));
  return layer === -1 ? undefined : layer;
}
