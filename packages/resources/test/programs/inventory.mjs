// Prints what this process may use, as one line of JSON.
import { detectInventory } from "@troupe/resources";

console.log(JSON.stringify(await detectInventory()));
