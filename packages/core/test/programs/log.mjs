import { defaultLogger } from "@troupe/core";

const log = defaultLogger();
for (const level of ["debug", "info", "warn", "error"]) log[level]({ level }, level);
