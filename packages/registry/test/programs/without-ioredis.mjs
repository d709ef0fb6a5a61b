// Opens a registry in Redis where ioredis is not installed: its name resolves to nothing.
import { register } from "node:module";

const hooks = `export function resolve(name, context, next) {
  return next(name === "ioredis" ? "ioredis-that-nobody-installed" : name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { openRegistry } = await import("@troupe/registry");
const error = await openRegistry("redis://127.0.0.1:1").catch((reason) => reason);
console.log(`${error.code} ${error.message}`);
