import { describeWithRedis, registrySuite, startRedis } from "@troupe/testkit";

import { openRegistry } from "../src/index.js";

describeWithRedis("with Redis", () => {
  registrySuite("redis", { stall: true }, async () => {
    const redis = await startRedis();
    return {
      open: () => openRegistry(redis.url),
      stall: async () => {
        await redis.freeze();
        return () => redis.resume();
      },
      close: () => redis.stop(),
    };
  });
});
