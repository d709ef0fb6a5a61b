// The tasks of envelope.mjs; pools import this module.
import { defineTask } from "@troupe/tasks";

const module = import.meta.url;

export const add = defineTask(
  function add(a, b) {
    return a + b;
  },
  { module },
);

export const sum = defineTask(
  function sum(...numbers) {
    return numbers.reduce((total, number) => total + number, 0);
  },
  { module },
);

export const numbers = defineTask(
  function numbers(count) {
    return Array.from({ length: count }, (_, index) => index);
  },
  { module },
);
