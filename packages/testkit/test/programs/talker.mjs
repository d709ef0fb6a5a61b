// Echoes its input until told otherwise; leaves behind what its arguments say.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";

import { ownedSocketPath } from "@troupe/core";

const [, , ...wishes] = process.argv;

if (wishes.includes("orphan")) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  console.log(`orphan ${child.pid}`);
}
if (wishes.includes("entry")) writeFileSync(`${process.env.TROUPE_RUNTIME_DIR}/forgotten.txt`, "");
if (wishes.includes("socket")) {
  const path = ownedSocketPath("talker");
  const server = createServer();
  await new Promise((resolve) => server.listen(path, resolve));
  process.once("SIGTERM", () => server.close());
  console.log(`listening on ${path}`);
}
if (wishes.includes("stale")) writeFileSync(ownedSocketPath("talker"), "");
if (wishes.includes("crash")) {
  console.log("last words");
  console.error("the reason");
  process.exit(7);
}

process.stdin.setEncoding("utf8").on("data", (text) => {
  for (const line of text.trimEnd().split("\n")) {
    if (line === "end") process.exit(0);
    console.log(`heard ${line}`);
  }
});
process.once("SIGTERM", () => process.stdin.destroy());
console.log("ready");
