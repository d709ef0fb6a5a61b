// Opens a socket under a path of its own, says who it is, and stays until it is killed.
import { createServer } from "node:net";

import { ownedSocketPath, processIdentity } from "@troupe/core";

const path = ownedSocketPath("owner");
createServer().listen(path, () => console.log(JSON.stringify({ ...processIdentity(), path })));
