// Joins, says how that went, and stays until its input says so: hold.mjs <name> <rank> <size>
import { collective } from "@troupe/collective";

const [name, rank, size] = process.argv.slice(2);
try {
  const group = await collective({ name, rank: Number(rank), size: Number(size), timeout: 60_000 });
  console.log("joined");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  group.close();
} catch (error) {
  console.log(error.code);
}
process.stdin.pause();
