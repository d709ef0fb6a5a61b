import { library } from "../../tooling/tsup/library.js";

// Pools find tasks by their names.
export default library(["src/main.ts"], { keepNames: true });
