#!/usr/bin/env node
import { troupe } from "./troupe.js";

process.exitCode = await troupe(process.argv.slice(2));
