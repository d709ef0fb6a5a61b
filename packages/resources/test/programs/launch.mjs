// Launches two processes, one of which does not listen to SIGTERM, prints their pids, and goes on; with an argument
// it has nothing more to do.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { processLauncher } from "@troupe/resources";

const launcher = processLauncher({ grace: 200 });
const cwd = process.cwd();

async function launch(name, script) {
  await launcher.launch({ command: "sh", args: ["-c", script], cwd });
  while (!existsSync(name) || !readFileSync(name, "utf8").endsWith("\n")) await setTimeout(5);
  return readFileSync(name, "utf8").trim();
}

const polite = await launch("polite", "echo $$ > polite; exec sleep 600");
const stubborn = await launch("stubborn", `trap "" TERM; echo $$ > stubborn; while :; do sleep 0.05; done`);
console.log(`launched ${polite} ${stubborn}`);
if (process.argv.length === 2) setInterval(() => {}, 60_000);
