import { servePool } from "@troupe/cluster";

await servePool({ onNode: (node) => node.serve("add", ([a, b]) => a + b) });
