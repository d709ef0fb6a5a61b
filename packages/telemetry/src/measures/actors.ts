import type { ActorInfo, MethodInfo } from "@troupe/dist";

import { add } from "../tally.js";
import { type Measure, type Sample, type Seen, seconds } from "./measure.js";

/** What actors are and do, by class, and what their methods came to: there may be any number of actors, but not of classes. */
export const actorMeasures: readonly Measure[] = [
  ofClass("troupe_actors", "Actors that live, or will when they are needed.", () => 1),
  ofClass("troupe_actor_mailbox_messages", "Messages that wait for actors.", ({ mailbox = 0 }) => mailbox),
  ofClass(
    "troupe_actor_running_calls",
    "Calls that have begun and not ended.",
    ({ running = [] }) => running.length,
  ),
  counted(
    "troupe_actor_deaths_total",
    "Actors that died and were not made again.",
    ({ tally }) => tally.actorDeaths,
  ),
  counted(
    "troupe_actor_restarts_total",
    "Times that actors were made again after they were lost.",
    ({ tally }) => tally.actorRestarts,
  ),
  ofMethod("troupe_method_calls_total", "Calls, tells and batches that began.", ({ calls }) => calls),
  ofMethod("troupe_method_errors_total", "Calls that threw.", ({ errors }) => errors),
  ofMethod("troupe_method_seconds_total", "Time that calls took, what they waited included.", ({ time }) =>
    seconds(time),
  ),
];

/** A sum over the living actors of each class. */
function ofClass(name: Measure["name"], help: string, valueOf: (actor: ActorInfo) => number): Measure {
  const read = ({ actors }: Seen) => {
    const sums = new Map<string, number>();
    for (const actor of actors) add(sums, actor.class, valueOf(actor));
    return byClass(sums);
  };
  return { name, type: "gauge", help, labels: ["class"], read };
}

function counted(name: Measure["name"], help: string, sums: (seen: Seen) => Map<string, number>): Measure {
  return { name, type: "counter", help, labels: ["class"], read: (seen) => byClass(sums(seen)) };
}

function byClass(sums: Map<string, number>): Sample[] {
  return Array.from(sums, ([name, value]) => [{ class: name }, value]);
}

function ofMethod(name: Measure["name"], help: string, valueOf: (method: MethodInfo) => number): Measure {
  const read = ({ methods }: Seen) =>
    methods.map((info): Sample => [{ class: info.class, method: info.method }, valueOf(info)]);
  return { name, type: "counter", help, labels: ["class", "method"], read };
}
