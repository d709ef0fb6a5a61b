// A program with a child that stands still by its chaos; it is killed meanwhile.
import { spawn } from "node:child_process";

import { Chaos } from "@troupe/testkit";

const child = spawn("/bin/sh", ["-c", "read line"], { stdio: ["pipe", "ignore", "ignore"] });
const chaos = new Chaos({ log: () => console.log(`froze ${child.pid}`) });
await chaos.run({
  targets: () => [{ name: "child", pid: child.pid }],
  actions: { freeze: 1 },
  freezeFor: [600_000, 600_000],
  every: 1,
  for: 600_000,
});
