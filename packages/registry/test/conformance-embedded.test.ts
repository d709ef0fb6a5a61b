import { Harness, registrySuite } from "@troupe/testkit";

import { openRegistry } from "../src/index.js";

registrySuite("memory", { stall: false }, async () => ({ open: () => openRegistry("memory:conformance") }));

registrySuite("ipc, served by one of its clients", { stall: false }, async () => {
  const harness = await Harness.start();
  const url = `ipc://${harness.runtimeDirectory}/registry.sock`;
  return { open: () => openRegistry(url), close: () => harness.close() };
});

registrySuite("tcp, served by another process", { stall: true }, async () => {
  const harness = await Harness.start();
  const server = harness.spawn(new URL("programs/server.mjs", import.meta.url), {
    args: ["tcp://127.0.0.1:0"],
  });
  const [, url = ""] = await server.line(/serving (\S+)/);
  return {
    open: () => openRegistry(url),
    stall: async () => {
      await server.freeze();
      return () => server.resume();
    },
    close: async () => {
      await server.stop();
      await harness.close();
    },
  };
});
