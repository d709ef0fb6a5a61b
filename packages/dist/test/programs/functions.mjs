// Functions that are actors. One has the name of another in another module.
import { dist } from "@troupe/dist";

export const add = dist(
  function add(a, b) {
    return `${a}${b}`;
  },
  import.meta,
);

export const where = dist(function where() {
  return process.pid;
});

let sum = 0;
export const tally = dist({ mailbox: 1000 })(function tally(n) {
  return (sum += n);
});

export const Slow = dist(
  function slow() {
    return new Promise(() => {});
  },
  import.meta,
);

export const rise = dist(
  function rise(count) {
    if (count < 0) throw new RangeError("It rises.");
    return climb(count);
  },
  import.meta,
);

function* climb(count) {
  for (let step = 0; step < count; step++) yield step;
}
