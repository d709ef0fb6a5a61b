// Makes a buffer with a row in it, and stays.
import { field, ReplayBuffer } from "@troupe/replay";

const replay = new ReplayBuffer({ capacity: 4, schema: { value: field("float64") } });
replay.write({ value: 1 });
console.log(`made ${replay.name}`);
setInterval(() => replay.size, 1000);
