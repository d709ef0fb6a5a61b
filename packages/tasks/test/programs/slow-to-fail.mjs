// A module that cannot be loaded, which it takes a while to find out: until there is a file beside the notes.
import { appendFileSync, existsSync } from "node:fs";

const file = new URL(import.meta.url).searchParams.get("file");
appendFileSync(file, "loading\n");
while (!existsSync(`${file}.failed`)) await new Promise((resolve) => setTimeout(resolve, 1));
throw new Error("This module cannot be loaded.");
