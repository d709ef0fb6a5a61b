// The tasks of envelope.mjs; pools import this module.
import { defineTask } from "@troupe/tasks";

const module = import.meta.url;

export const add = defineTask(
  function add(a, b) {
    return a + b;
  },
  { module },
);

export const sumAll = defineTask(
  function sumAll(...lists) {
    return lists.reduce((total, list) => total + list.reduce((sum, number) => sum + number, 0), 0);
  },
  { module },
);

export const lists = defineTask(
  function lists(count, length) {
    return Array.from({ length: count }, () => Array.from({ length }, (_, index) => index));
  },
  { module },
);
