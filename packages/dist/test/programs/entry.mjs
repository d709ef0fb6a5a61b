// A program without main(): pools would run it once more.
import { dist } from "@troupe/dist";

const Own = dist(class Own {}, import.meta);
try {
  await Own.create();
} catch (error) {
  console.log(error.code, error.message);
}
// In this very process it needs no import.
const { Counter } = await import("./actors.mjs");
console.log("from elsewhere", await (await Counter.create()).add(1));
