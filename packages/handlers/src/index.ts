/**
 * Message handlers by type and by conditional event: counts, percentages of a group, all and any.
 *
 * ```ts
 * import { all, HandlerTable } from "@troupe/handlers";
 *
 * const table = new HandlerTable()
 *   .on("hello", (local, proxy, message) => console.log(`hello from ${message.source}`))
 *   .on("actor:rollout:60%", (local, proxy, rollouts) => console.log(`${rollouts.length} rollouts`))
 *   .on(all("actor:done:100%", "evaluator:score:1"), () => console.log("finished"));
 *
 * // A Proxy in a program; all that a table needs of it is who lives.
 * const proxy = { peers: new Map([["actor", ["actor-0", "actor-1", "actor-2"]]]) };
 * for (const source of ["actor-0", "actor-2"]) {
 *   const message = { id: source, type: "rollout", source, destination: "learner-0", session: "1", body: [] };
 *   await table.dispatch({}, proxy, message); // the second one prints: 2 rollouts
 * }
 * ```
 *
 * @module
 */
export { HandlerTable, type HandlerSpec, type HandlerTableOptions } from "./table.js";
export type { HandlerEntry, HandlerOptions, HandlerRecord } from "./definition.js";
export { all, any, type EventPart } from "./event/combine.js";
export type { Amount, Condition, EventExpression, EventNode } from "./event/event.js";
export type { Delivered, EventInput, EventText, Handler, KnownEvent, TypesOf } from "./event/types.js";
export type { DeadLetter } from "./dead-letter.js";
export type { Group } from "./group.js";
export { handlersOf, type HandlerMethod, on } from "./on.js";
