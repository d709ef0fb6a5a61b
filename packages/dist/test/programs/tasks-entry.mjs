// A program that makes a task of its own function, and has no main().
import { get, put, task } from "@troupe/dist";

const add = task(function add(a, b) {
  return a + b;
});

try {
  console.log(await get(add.submit(1, put(2))));
} catch ({ code, message }) {
  console.log(code, message.includes("main(async"));
}
