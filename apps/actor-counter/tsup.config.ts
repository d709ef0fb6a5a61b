import { library } from "../../tooling/tsup/library.js";

// Pools find classes by their names, and actors are named after them.
export default library(["src/main.ts"], { keepNames: true });
