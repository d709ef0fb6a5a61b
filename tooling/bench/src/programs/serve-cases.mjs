// What a program of the bench does once it is set up: the cases that it is asked for by lines on its stdin.
import { createInterface } from "node:readline";

/** Serves cases, each `(n) => seconds or undefined`, until stdin ends. */
export async function serveCases(cases) {
  say("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind, name, n] = line.split(" ");
    const work = cases[name];
    if (kind === "run") {
      say(await timed(work, Number(n)));
    } else {
      const samples = [];
      for (let i = 0; i < Number(n); i++) samples.push(await timed(work, 1));
      say(samples);
    }
  }
}

/** Seconds of the work, unless it gives a figure of its own. */
async function timed(work, n) {
  const start = performance.now();
  const own = await work(n);
  return own ?? (performance.now() - start) / 1000;
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
