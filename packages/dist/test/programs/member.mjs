// A component in a process of its own: member.mjs <name> [JSON of launch options]
// Says what happens to it and to its peers. Takes lines: `send <to> <type>`, `close`.
import { createInterface } from "node:readline";

import { dist, launch } from "@troupe/dist";

const [name, options = "{}"] = process.argv.slice(2);

class Member {
  onStart(proxy) {
    for (const event of ["peer-joined", "peer-left", "peer-rejoined"])
      proxy.on(event, (peer) => console.log(`${event} ${peer.name}`));
    for (const [, names] of proxy.peers) for (const peer of names) console.log(`peer-joined ${peer}`);
    console.log(`joined as ${proxy.name}`);
  }

  onStop(reason) {
    console.log(`stopped ${reason?.code ?? "in order"}`);
  }
}

const DistributedMember = dist(Member, {
  group: "processes",
  component: "member",
  name,
  // What leaves sooner than this was not left to its lease.
  lease: 60_000,
  handlers: {
    greet: (_local, _proxy, message) => console.log(`greeted by ${message.source}`),
    // Holds its process, and ends never.
    stick: () => {
      setInterval(() => {}, 1000);
      process.once("SIGINT", () => console.log("interrupted"));
      console.log("stuck");
      return new Promise(() => {});
    },
  },
});

const member = new DistributedMember();
const input = createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, to, type] = line.split(" ");
  if (command === "close") void member.close();
  else member.proxy.send(to, { type }).catch((error) => console.log(`failed ${error.code}`));
});
// Commands alone shall not keep the process.
process.stdin.unref();

const running = launch(member, JSON.parse(options));
console.log("launching");
try {
  await running;
  console.log("launch resolved");
} catch (error) {
  console.log(`launch rejected ${error.code}`);
}
input.close();
