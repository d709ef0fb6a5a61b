import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { noLeftovers } from "@troupe/testkit";
import { afterAll, it } from "vitest";

// Ends the leaks after the check, whose hook runs before those that were registered earlier.
let child, server;
afterAll(() => {
  child.kill();
  server.close();
});

noLeftovers({ patience: 200 });

it("leaves an entry, a child and a listening server", async () => {
  writeFileSync(`${process.env.TROUPE_RUNTIME_DIR}/forgotten`, "");
  child = spawn("sleep", ["60"]);
  await new Promise((resolve) => {
    server = createServer().listen(0, "127.0.0.1", resolve);
  });
});
