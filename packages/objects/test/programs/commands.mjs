// Does what each line of the input says, `[id, command, ...arguments]` as JSON, side by side, and says what came of it.
import { createInterface } from "node:readline";

/** @returns The input, to be closed. */
export function serveCommands(commands) {
  const input = createInterface({ input: process.stdin });
  input.on("line", async (line) => {
    const [id, command, ...args] = JSON.parse(line);
    try {
      console.log(`${id} gave ${JSON.stringify((await commands[command](...args)) ?? null)}`);
    } catch (error) {
      const { code, message, details, cause } = error;
      console.log(`${id} failed ${JSON.stringify({ code, message, details, cause: cause?.code })}`);
    }
  });
  return input;
}
