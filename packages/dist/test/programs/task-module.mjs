// The tasks of tasks-alone.mjs.
import { task } from "@troupe/dist";

export const add = task(function add(a, b) {
  return a + b;
});

export const pause = task(function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, "paused"));
});
