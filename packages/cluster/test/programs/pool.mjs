// A pool whose "actors" are system requests: what each does is said by its name.
import { servePool } from "@troupe/cluster";

let path;
const gone = [];
const events = [];

await servePool({
  currentPath: () => path,
  onNode(node) {
    node.serve("add", ([a, b]) => a + b);
    node.serve("pid", () => process.pid);
    node.serve("env", (name) => process.env[name] ?? null);
    node.serve("execArgv", () => process.execArgv);
    node.serve("ask", ([to, op, args]) => node.request(to, op, args));
    node.serve("brain", ([method, ...args]) => node.brain[method](...args));
    node.serve("exit", (code) => process.exit(code));
    node.serve("throw", (message) => void setImmediate(() => fail(message)));
    node.serve("loop", () => void setImmediate(spin));
    node.serve("never", () => new Promise(() => {}));
    node.serve("eat", () => void setImmediate(eat));
    node.serve("write", ([stream, as, text]) => {
      path = as;
      process[stream].write(text);
      path = undefined;
    });
    node.serve("flood", (lines) => {
      for (let line = 0; line < lines; line++) console.log("x".repeat(1_000));
      return process.memoryUsage().rss;
    });
    node.serve("gone-here", () => gone);
    node.onGone((name, { signal }) => gone.push({ name, signal }));
    node.serve("actor-event", (event) => void events.push(event));
    node.serve("events", () => events);
  },
  onStop: () => console.log("stopping"),
});

function fail(message) {
  throw new Error(message);
}

function spin() {
  console.log("stuck");
  for (;;);
}

function eat() {
  const eaten = [];
  for (;;) eaten.push(new Array(10_000).fill(eaten.length));
}
