// Stops writers at random moments and looks whether what they published is whole; kills them at the last:
// ring-torture.mjs <milliseconds>
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { RingReader } from "@troupe/shm";

import { check } from "./records.mjs";

const victim = fileURLToPath(new URL("ring-victim.mjs", import.meta.url));
const end = performance.now() + Number(process.argv[2]);
let stops = 0;
let kills = 0;
let checked = 0;
do {
  await torture();
} while (performance.now() < end);
console.log(
  `whole: ${checked > 0 && stops > 0 && kills > 0} (${checked} records, ${stops} stops, ${kills} kills)`,
);

async function torture() {
  const child = spawn(process.execPath, [victim], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const reader = RingReader.open(line.slice("ring ".length));
  child.stdin.write("go\n");
  let number = 0;
  const next = () => {
    const frames = reader.read();
    if (frames === undefined) return false;
    check(frames, reader.tag, number++);
    checked++;
    return true;
  };
  const drain = () => {
    while (next());
  };
  /** Lets the writer get on by a random number of records. */
  const advance = () => {
    for (const target = number + Math.random() * 200; number <= target;) next();
  };
  for (let stop = 0; stop < 100 && performance.now() < end; stop++, stops++) {
    advance();
    child.kill("SIGSTOP");
    drain();
    await setImmediate();
    drain();
    child.kill("SIGCONT");
  }
  advance();
  child.kill("SIGKILL");
  await once(child, "exit");
  drain();
  kills++;
  reader.close();
}
