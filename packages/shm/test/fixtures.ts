import { readdirSync } from "node:fs";

/** The address of a program in `test/programs`. */
export function program(name: string): URL {
  return new URL(`programs/${name}`, import.meta.url);
}

/** Names of the segments of a process, this one by default, that are there now. */
export function segmentsOf(pid: number = process.pid): string[] {
  return readdirSync("/dev/shm")
    .filter((file) => file.startsWith("troupe.") && file.split(".")[3] === String(pid))
    .map((file) => `/${file}`);
}
