// node packages/tfjs/scripts/build-native.mjs: builds the native binding of @tensorflow/tfjs-node into the user's cache,
// against the TensorFlow of Python's wheel. tfjs-node's own script fetches a library from a server that not every
// machine reaches; this needs the registries of npm and Python alone: some 300 MB, and 1.5 GB on disk.
//
// Ends with 0 when the binding is there and computes, 1 when something failed, 2 when a tool is missing.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { isBuilt, nativeBinding, nativeFolder, nativePackage } from "./native.mjs";

/** The TensorFlow whose library the binding is known to work with. */
const tensorFlow = "tensorflow-cpu==2.21.0";
const headers = "node-api-headers@1";
const venv = join(nativeFolder, "venv");

try {
  const missing = missingTools();
  if (isBuilt() && computes(nativePackage)) {
    console.log(`The native binding is in ${nativePackage}.`);
  } else if (missing.length > 0) {
    console.error(
      `SKIPPED: the native binding of @tensorflow/tfjs-node is not built: ${missing.join("; ")}.`,
    );
    process.exitCode = 2;
  } else {
    build();
    console.log(`Built the native binding in ${nativePackage}.`);
  }
} catch (error) {
  console.error(`The native binding of @tensorflow/tfjs-node could not be built: ${error.message}`);
  process.exitCode = 1;
}

/** What is not there, and what for it is needed. */
function missingTools() {
  const tools = [
    ["python3", ["-c", "import venv, ensurepip"], "python3 with venv and pip, for TensorFlow's wheel"],
    ["g++", ["--version"], "g++, to compile with"],
    ["npm", ["--version"], "npm, for @tensorflow/tfjs-node"],
  ];
  const missing = tools.filter(([command, args]) => !succeeds(command, args));
  const reasons = missing.map(([, , what]) => `there is no ${what}`);
  if (process.platform !== "linux") reasons.push(`this is ${process.platform}, and it knows Linux only`);
  return reasons;
}

function build() {
  mkdirSync(nativeFolder, { recursive: true });
  rmSync(nativeBinding, { force: true });
  step("installing @tensorflow/tfjs-node");
  writeFileSync(join(nativeFolder, "package.json"), '{ "private": true }\n');
  run("npm", [
    "install",
    "--prefix",
    nativeFolder,
    "--ignore-scripts", // its own would fetch the library
    "--no-audit",
    "--no-fund",
    `@tensorflow/tfjs-node@${versionOfTfjs()}`,
    headers,
  ]);
  step(`installing ${tensorFlow}`);
  run("python3", ["-m", "venv", venv]);
  run(join(venv, "bin", "python"), ["-m", "pip", "install", "--quiet", "--no-deps", tensorFlow]);
  step("compiling");
  compile(libraryFolder());
}

/** tfjs-node goes with the tfjs of its own version. */
function versionOfTfjs() {
  const manifest = new URL("../node_modules/@tensorflow/tfjs/package.json", import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

/** Where the wheel has its libraries, and its headers in `include`. */
function libraryFolder() {
  const lib = join(venv, "lib");
  const found = readdirSync(lib)
    .map((python) => join(lib, python, "site-packages", "tensorflow"))
    .find((folder) => existsSync(folder));
  if (found) return found;
  throw new Error(`there is no tensorflow below ${lib}`);
}

/** What does not compute is taken away again: whoever finds a binding in its place may rely on it. */
function compile(library) {
  const folder = dirname(nativeBinding);
  const fresh = `${nativeBinding}.fresh`;
  mkdirSync(folder, { recursive: true });
  run("g++", [
    "-shared",
    "-fPIC",
    "-O2",
    "-std=c++17",
    "-DNAPI_VERSION=8",
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((source) => join(nativePackage, "binding", source)),
    ...["include", "include/external"].map((path) => `-I${join(library, path)}`),
    `-I${join(nativeFolder, "node_modules", "node-api-headers", "include")}`,
    // By their names as they are: the wheel has no libtensorflow.so.
    ...["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"].map((name) => join(library, name)),
    `-Wl,-rpath,$ORIGIN/${relative(folder, library)}`,
    "-o",
    fresh,
  ]);
  renameSync(fresh, nativeBinding);
  if (computes(nativePackage)) return;
  rmSync(nativeBinding);
  throw new Error("it was compiled, and does not compute");
}

/** Whether that package adds up numbers, in a process of its own. */
function computes(folder) {
  const program = `const tf = require(${JSON.stringify(folder)});
    if (tf.getBackend() !== "tensorflow" || tf.add(1, 2).dataSync()[0] !== 3) process.exit(1);`;
  return succeeds(process.execPath, ["-e", program]);
}

function run(command, args) {
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
}

function succeeds(command, args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function step(what) {
  console.error(what);
}
