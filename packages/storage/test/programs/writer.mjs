// Puts key after key and prints each once it is acknowledged, until it is killed: writer.mjs <url> <name>
import { openStorage } from "@troupe/storage";

const [url, name] = process.argv.slice(2);
const storage = await openStorage(url);
console.log("ready");
for (let round = 0; ; round++) {
  // Several at once, so that a kill meets commits of more than one write.
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const key = `${name}/${round}/${i}`;
      await storage.put(key, { key, filling: "x".repeat(round % 500) });
      process.stdout.write(`${key}\n`);
    }),
  );
}
