import { createRequire } from "node:module";

import { TroupeError } from "@troupe/core";

import type { PassedOver, TensorFlow, TF } from "./tensorflow.js";

interface Way {
  readonly package: string;
  load(): Promise<TF>;
}

/** From the fastest to the one that runs everywhere. */
const ways: readonly Way[] = [
  { package: "@tensorflow/tfjs-node-gpu", load: () => importNative("@tensorflow/tfjs-node-gpu") },
  { package: "@tensorflow/tfjs-node", load: () => importNative("@tensorflow/tfjs-node") },
  { package: "@tensorflow/tfjs-backend-wasm", load: importWasm },
];

let loading: Promise<TensorFlow> | undefined;

/**
 * Loads TensorFlow.js, once a process: with a GPU (`@tensorflow/tfjs-node-gpu`), else with the native library
 * (`@tensorflow/tfjs-node`), else in WebAssembly (`@tensorflow/tfjs` and `@tensorflow/tfjs-backend-wasm`). Where the
 * environment has `TROUPE_TENSORFLOW`, the name of one of these or the folder that such a package is in, it is that one
 * or none.
 *
 * @throws ERR_MODULE when there is none of them, saying why each cannot be used, and what to install.
 */
export function loadTensorFlow(): Promise<TensorFlow> {
  return (loading ??= load());
}

/** Which package computes, and why not a faster one: a line for a log. */
export function describeTensorFlow({ package: name, passedOver }: TensorFlow): string {
  const others = passedOver.map((other) => `${other.package}: ${other.reason}`).join("; ");
  return others === "" ? `TensorFlow by ${name}` : `TensorFlow by ${name} (${others})`;
}

async function load(): Promise<TensorFlow> {
  const passedOver: PassedOver[] = [];
  const wanted = process.env["TROUPE_TENSORFLOW"];
  for (const way of wanted ? [wayOf(wanted)] : ways) {
    try {
      const tf = await way.load();
      await tf.ready();
      return { tf, package: way.package, passedOver };
    } catch (error) {
      passedOver.push({ package: way.package, reason: reasonOf(error) });
    }
  }
  const remedy = wanted
    ? "Take TROUPE_TENSORFLOW out of the environment, or let it name a package that is there."
    : "Install @tensorflow/tfjs with @tensorflow/tfjs-backend-wasm, which run everywhere, or @tensorflow/tfjs-node.";
  throw new TroupeError(
    "ERR_MODULE",
    `TensorFlow.js cannot be loaded. ${remedy} ${passedOver.map((way) => `${way.package}: ${way.reason}`).join("; ")}.`,
    { details: { passedOver } },
  );
}

/** That of a package's name, or of the folder that it is in. */
function wayOf(wanted: string): Way {
  const load = async () => createRequire(import.meta.url)(wanted) as TF;
  return ways.find((way) => way.package === wanted) ?? { package: wanted, load };
}

async function importNative(name: string): Promise<TF> {
  // The types of the native packages are not needed to build this one.
  const module = (await import(name)) as TF & { readonly default?: TF };
  return module.default ?? module;
}

async function importWasm(): Promise<TF> {
  // The package of all of TensorFlow.js: its core alone has no gradients.
  const tf = await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("its WebAssembly could not be started");
  return tf;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return "not installed";
  return message.split("\n", 1)[0]!;
}
