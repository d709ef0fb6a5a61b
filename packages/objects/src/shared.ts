import { Objects } from "./objects.js";
import { registerObjectRefs } from "./ref/wire.js";

const key = Symbol.for("troupe.objects");

/** The objects of this process: one table, also where a program and a package that it uses have their own copies. */
export const objects: Objects = ((globalThis as { [key]?: Objects })[key] ??= new Objects());
registerObjectRefs(objects.travel);
