import type { Attachment, DefineOptions } from "@troupe/actors";
import { defaultLogger, isTroupeError } from "@troupe/core";

import { Component } from "../component.js";
import { embody } from "../members.js";
import type { AnyComponentOptions } from "../options.js";

/**
 * Makes each actor of a class a member of a group as well: its handlers run between its calls, one at a time,
 * as calls of the actor, and its methods have its `proxy`.
 */
export function groupMember(options: AnyComponentOptions): NonNullable<DefineOptions["attach"]> {
  return (instance, seat) =>
    new Promise<Attachment>((resolve, reject) => {
      const { path } = seat.record;
      let isMember = false;
      const component = new Component(instance, options, {
        perform: (work) => seat.perform("group message", work),
        onJoined: () => {
          isMember = true;
          resolve({ close: () => component.close() });
        },
      });
      embody(instance, component);
      component.launch({ signals: false }).catch((error: unknown) => {
        if (!isMember) return reject(error);
        // The actor's own end is no failure of its membership.
        if (isTroupeError(error, "ERR_ACTOR_DIED")) return;
        (options.log ?? defaultLogger()).error({ err: error, actor: path }, "an actor has lost its group");
      });
    });
}
