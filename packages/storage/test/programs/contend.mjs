// Changes one key in three ways as often as it is told, against others who do the same: contend.mjs <url> <times>
import { openStorage } from "@troupe/storage";

const [url, times] = process.argv.slice(2);
const storage = await openStorage(url);
console.log("ready");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.pause();
for (let i = 0; i < Number(times); i++) {
  await Promise.all([
    storage.incr("count"),
    storage.update("list", (list = []) => [...list, `${process.pid}/${i}`]),
    compareAndSet(),
  ]);
}
await storage.close();
console.log("done");

async function compareAndSet() {
  for (;;) {
    const id = await storage.id("set");
    const value = await storage.get("set", 0);
    if (await storage.cas("set", id, value + 1)) return;
  }
}
