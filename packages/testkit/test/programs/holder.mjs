// A test run that is killed: it has two children, one of them frozen.
import { Harness } from "@troupe/testkit";

const harness = await Harness.start();
const program = new URL("./talker.mjs", import.meta.url);
const [first, second] = [harness.spawn(program), harness.spawn(program)];
await Promise.all([first.line("ready"), second.line("ready")]);
await second.freeze();
console.log(`holding ${first.pid} ${second.pid}`);
