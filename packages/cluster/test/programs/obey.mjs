// Does what each line of the input says, a deed and its arguments as JSON, and says what came of it; until "close".
import { createInterface } from "node:readline";

export async function obey(deeds) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [deed, ...args] = JSON.parse(line);
    if (deed === "close") break;
    try {
      console.log(`answer ${JSON.stringify((await deeds[deed](...args)) ?? null)}`);
    } catch (error) {
      console.log(`answer ${JSON.stringify({ code: error.code, message: error.message })}`);
    }
  }
  process.stdin.destroy();
}
