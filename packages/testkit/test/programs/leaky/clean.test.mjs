import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { noLeftovers } from "@troupe/testkit";
import { afterAll, it } from "vitest";

noLeftovers({ patience: 200 });

const path = () => `${process.env.TROUPE_RUNTIME_DIR}/used`;
afterAll(() => rm(path()));
it("uses the runtime directory and cleans up", () => writeFileSync(path(), ""));
