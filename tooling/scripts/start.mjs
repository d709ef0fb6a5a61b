// npm start [app] [-- flags]: sets up, builds the app with what it needs, and runs it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { show } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";
import { workspacePackages } from "./workspace.mjs";

/** The app that runs when none is named: the one that does a whole job. */
const mainApp = "cartpole";

await runScript(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const named = first !== undefined && !first.startsWith("-");
  const name = named ? first : mainApp;
  const flags = named || first === undefined ? rest : [first, ...rest];

  const apps = workspacePackages(["apps"]);
  const app = apps.find((candidate) => candidate.name === name);
  if (app === undefined) {
    console.error(`There is no app "${name}". The apps: ${apps.map((known) => known.name).join(", ")}.`);
    return 2;
  }
  // Most apps take flags only: a bare word is what remains of a flag whose dashes npm took for its own.
  const takesWords = app.manifest.config?.takesWords === true;
  if (
    process.env.npm_lifecycle_event === "start" &&
    flags.length > 0 &&
    !flags[0].startsWith("-") &&
    !takesWords
  ) {
    console.error(
      `npm keeps flags for itself. Put -- before the app's own: npm start ${name} -- --flag ${flags[0]}`,
    );
    return 2;
  }

  await setUp({ build: [`${app.manifest.name}...`] });
  const program = join(app.directory, "dist", "main.js");
  warnOfTakenFlags(name, program);
  return show(process.execPath, [program, ...flags], { cwd: process.env.INIT_CWD ?? process.cwd() });
});

/** `npm start app --rounds=4` leaves no word behind, only a setting of npm that the app has as a flag. */
function warnOfTakenFlags(name, program) {
  const source = readFileSync(program, "utf8");
  const taken = Object.keys(process.env)
    .filter((key) => key.startsWith("npm_config_") && !/^https?:/.test(process.env[key]))
    .map((key) => `--${key.slice("npm_config_".length).replaceAll("_", "-")}`)
    .filter((flag) => new RegExp(`["'\`, ]${flag}\\b`).test(source));
  for (const flag of taken) {
    console.error(`npm took ${flag} for its own. To give it to the app: npm start ${name} -- ${flag} …`);
  }
}
