// tasks-alone.mjs <what>: a program without init() and main(), whose tasks are of another module.
import { get } from "@troupe/dist";

import { add, pause } from "./task-module.mjs";

const things = {
  awaited: async () => console.log(await get(pause.submit(700))),
  map: async () => {
    let sum = 0;
    for await (const value of pause.map([300, 400])) sum += value.length;
    console.log(sum);
  },
  forgotten: () => void pause.submit(60_000),
};

console.log(await get(add.submit(1, 2)));
await things[process.argv[2]]();
