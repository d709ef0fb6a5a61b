// Serves a registry at the address in its first argument until SIGTERM.
import { serveRegistry } from "@troupe/registry";

const server = await serveRegistry({ listen: process.argv[2] });
process.once("SIGTERM", () => void server.close());
console.log(`serving ${server.url}`);
