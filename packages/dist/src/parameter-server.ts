import { openParameterServersWith, ParameterServer } from "@troupe/parameter-server";

import { runtimeHere } from "./cluster/open-clusters.js";

openParameterServersWith(runtimeHere);

export { ParameterServer };
