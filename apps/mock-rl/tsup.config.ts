import { library } from "../../tooling/tsup/library.js";

export default library(["src/main.ts", "src/actor.ts"]);
