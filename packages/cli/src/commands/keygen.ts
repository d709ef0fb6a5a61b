import { writeFileSync } from "node:fs";

import { generateClusterKey, TroupeError } from "@troupe/core";

/** Makes a cluster's key. @throws ERR_CONFIG when the file is there already, or cannot be made */
export function keygen(file: string | undefined): void {
  const key = generateClusterKey();
  if (file === undefined) return console.log(key);
  try {
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new TroupeError("ERR_CONFIG", `Cannot make ${file}: ${(error as Error).message}`, { cause: error });
  }
  console.log(`The key is in ${file}. Copy it to each machine of the cluster, readable by you alone.`);
}
