/** Calls out of queues that begin in one turn of the event loop, before others have theirs. */
const maxCalls = 512;

/** Who has to wait for the next turn. */
interface Paused {
  resume(): void;
}

let begun = 0;
let isScheduled = false;
let paused: Paused[] = [];

/**
 * Whether one more call may begin in this turn; if not, `resume` is called in the next. An actor that keeps telling
 * itself something would keep all else of its process from running, as promises alone never end a turn.
 */
export function mayBegin(who: Paused): boolean {
  if (begun++ < maxCalls) {
    if (!isScheduled) schedule();
    return true;
  }
  resumeNextTurn(who);
  return false;
}

/** Calls `resume` in the next turn. */
export function resumeNextTurn(who: Paused): void {
  paused.push(who);
  if (!isScheduled) schedule();
}

function schedule(): void {
  isScheduled = true;
  setImmediate(nextTurn);
}

function nextTurn(): void {
  begun = 0;
  isScheduled = false;
  const resumed = paused;
  paused = [];
  for (const who of resumed) who.resume();
}
