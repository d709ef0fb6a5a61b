import { suite } from "../../tooling/vitest/suite.js";

export default suite("telemetry");
