import { suite } from "../../tooling/vitest/suite.js";

export default suite("hello-world");
