// Before the tools that the npm commands run: installs what is not there yet, and builds nothing.
import { runScript, setUp } from "./setup.mjs";

await runScript(() => setUp({ build: [] }));
