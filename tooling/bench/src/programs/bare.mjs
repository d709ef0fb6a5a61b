// Node with the libraries that Troupe stands upon: what a process of its can not start faster than.
import "koffi";
import "msgpackr";
import "zeromq";

process.on("disconnect", () => process.exit());
process.send("ready");
