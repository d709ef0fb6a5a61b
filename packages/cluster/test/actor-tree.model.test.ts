import fc from "fast-check";
import { expect, it } from "vitest";

import { TestBrain } from "./support/brain.js";

/** An actor as a simpleton would keep it. */
interface Plain {
  readonly id: number;
  readonly path: string;
  readonly name: string | undefined;
  readonly namespace: string;
  readonly pool: string;
  readonly parent: number | undefined;
  readonly incarnation: number;
  live: boolean;
}

/** The tree as a list that is searched from end to end. */
class Model {
  actors: Plain[] = [];
  readonly ended = new Set<number>();
  readonly #paths = new Map<string, number>();
  readonly #incarnations = new Map<string, number>();

  holder(name: string, namespace: string): Plain | undefined {
    return this.actors.find((actor) => actor.name === name && actor.namespace === namespace);
  }

  nextPath(className: string, parent: number | undefined): string {
    const above = parent === undefined ? "" : `${this.actors.find(({ id }) => id === parent)!.path}/`;
    const prefix = above + className.toLowerCase();
    const count = this.#paths.get(prefix) ?? 0;
    this.#paths.set(prefix, count + 1);
    return `${prefix}-${count}`;
  }

  nextIncarnation(name: string | undefined, namespace: string): number {
    return name === undefined ? 0 : (this.#incarnations.get(`${namespace}:${name}`) ?? 0);
  }

  end(id: number): void {
    const actor = this.actors.find((each) => each.id === id);
    if (!actor) return;
    this.actors = this.actors.filter((each) => each !== actor);
    this.ended.add(id);
    const { name, namespace, incarnation } = actor;
    if (name !== undefined) this.#incarnations.set(`${namespace}:${name}`, incarnation + 1);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("place" as const), ...placed() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("start" as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), which: fc.nat(2) }) },
);

function placed() {
  return {
    class: fc.constantFrom("A", "B"),
    parent: fc.option(fc.nat(), { nil: undefined }),
    name: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
    namespace: fc.constantFrom("default", "other"),
    pool: fc.nat(2),
  };
}

it("the tree says what a plain list of all actors would say", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const test = new TestBrain(3);
      const model = new Model();
      const pick = (which: number) => model.actors[which % Math.max(1, model.actors.length)];

      for (const each of steps) {
        if (each.do === "place") {
          const parent = each.parent === undefined ? undefined : pick(each.parent)?.id;
          const request = { ...each, creator: "driver-0", parent, pool: `pool-${each.pool}` };
          if (each.name !== undefined && model.holder(each.name, each.namespace)) {
            expect(() => test.brain.place(request)).toThrow(
              expect.objectContaining({ code: "ERR_NAME_TAKEN" }),
            );
            continue;
          }
          const { actor } = test.brain.place(request);
          const expected = {
            path: model.nextPath(each.class, parent),
            incarnation: model.nextIncarnation(each.name, each.namespace),
          };
          expect({ path: actor.path, incarnation: actor.incarnation }).toEqual(expected);
          const { name, namespace } = each;
          model.actors.push({
            id: actor.id,
            name,
            namespace,
            pool: actor.pool,
            parent,
            live: false,
            ...expected,
          });
        } else if (each.do === "start") {
          const actor = pick(each.which);
          if (!actor) continue;
          test.tree.started(actor.id);
          actor.live = true;
        } else if (each.do === "end") {
          const actor = pick(each.which);
          if (!actor) continue;
          test.tree.ended(actor.id, "stopped");
          model.end(actor.id);
        } else {
          test.lose(`pool-${each.which}`);
          for (const { id, pool } of [...model.actors]) if (pool === `pool-${each.which}`) model.end(id);
        }
      }

      const living = model.actors.filter(({ live }) => live);
      expect(test.tree.all().map(({ id }) => id)).toEqual(living.map(({ id }) => id));
      expect(test.tree.size).toBe(living.length);
      for (const { id, path, name, namespace } of model.actors) {
        expect(test.tree.locate(id)).toMatchObject({ path });
        const children = living.filter(({ parent }) => parent === id).map((child) => child.id);
        expect(test.tree.children(id).map((child) => child.id)).toEqual(children);
        if (name !== undefined) expect(test.tree.holder(name, namespace)?.id).toBe(id);
      }
      for (const { id, path } of living) expect(test.tree.find(path)?.id).toBe(id);
      for (const id of model.ended) expect(test.tree.locate(id)).toHaveProperty("ended");
      for (const { name, actors } of test.brain.processes.pools) {
        expect([...actors].map(({ id }) => id)).toEqual(
          model.actors.filter(({ pool }) => pool === name).map(({ id }) => id),
        );
      }
    }),
  );
});
