// A program in TypeScript: does what its first argument says. The second is a name, the third where to greet it.
import { address, context, dist, init, main, type Remote } from "@troupe/dist";

const Greeter = dist(
  class Greeter {
    greet(name: string): string {
      return `hello ${name} from ${context().host}`;
    }
    async linger(): Promise<void> {
      await new Promise((resolve) => context().signal.addEventListener("abort", resolve));
    }
  },
  import.meta,
);

void main(async (signal) => {
  const [what = "", ...names] = process.argv.slice(2);
  const [name = "you", host] = names;
  if (what === "fail") process.exitCode = 7;
  if (what === "args") return console.log(JSON.stringify(names));
  const cluster = await init();
  const placed = host === undefined ? Greeter : Greeter.with({ placement: address(host) });
  const greeter: Remote<InstanceType<typeof Greeter>> = await placed.create();
  console.log(await greeter.greet(name), "of", cluster.address ?? "its own");
  if (what === "linger")
    await greeter.linger
      .with({ signal })()
      .catch(() => {});
  if (what === "wait") await new Promise((resolve) => signal.addEventListener("abort", resolve));
});
