// A member that does what member 0 says, until that leaves: collective-peer.mjs <name> <rank> <size>
import { collective } from "@troupe/collective";

import { timed, worksOf } from "./collective-work.mjs";

const [name, rank, size] = process.argv.slice(2);
const group = await collective({ name, rank: Number(rank), size: Number(size) });
const works = [...worksOf(group).values()];
try {
  for (;;) {
    const [which, n] = await group.broadcast(new Int32Array(2));
    await timed(group, works[which], n);
  }
} catch (error) {
  if (error.code !== "ERR_PEER_LEFT") throw error;
}
group.close();
