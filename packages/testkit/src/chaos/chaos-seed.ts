import { TroupeError } from "@troupe/core";

/** The variable that makes chaos do again what it did with that seed. */
export const seedVariable = "TROUPE_CHAOS_SEED";

/** The seed that the environment asks for, else a new one. @throws ERR_CONFIG when it is no whole number. */
export function chosenSeed(): number {
  const text = process.env[seedVariable];
  if (!text) return Math.floor(Math.random() * 2 ** 32);
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new TroupeError("ERR_CONFIG", `${seedVariable} must be a whole number from 0, not ${text}.`);
}
