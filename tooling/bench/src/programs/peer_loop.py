"""What the measuring programs in Python share: commands by lines on stdin, answers as JSON on stdout.

`run CASE N` is answered by the seconds of N operations (or another figure that the case gives), `sample CASE N`
by the seconds of each. The first line out is "ready", or why the library cannot be used.
"""

import json
import os
import sys
import time

# Libraries write warnings to stdout; the answers have it for themselves.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)


def timed(work, n):
    """Seconds of the work, unless it gives a figure of its own."""
    start = time.perf_counter()
    own = work(n)
    return time.perf_counter() - start if own is None else own


def serve(cases):
    say("ready")
    for line in sys.stdin:
        kind, case, n = line.split()
        work = cases[case]
        if kind == "sample":
            say([timed(work, 1) for _ in range(int(n))])
        else:
            say(timed(work, int(n)))


def resident_mb(pid):
    """Megabytes resident in a process."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6
