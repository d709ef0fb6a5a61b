// Removes a socket's file as Troupe does, then imports a package of the workspace that is reached by a link.
import { once } from "node:events";
import { createServer } from "node:net";

import { ownedSocketPath, removeSocket } from "@troupe/core";

const path = ownedSocketPath("test");
const server = createServer().listen(path);
await once(server, "listening");
removeSocket(path);
const linked = new URL("../../../registry/node_modules/@troupe/core/dist/index.js", import.meta.url);
const again = await import(linked.href);
console.log(again.removeSocket === removeSocket ? "the same module" : "another copy of the module");
server.close();
