"""Ray's side of the actor cases: those of its own microbenchmark where it has them (1:1 sync, 1:1 async, n:n)."""

import os
import sys
import time
from functools import cache

from peer_loop import resident_mb, say, serve

try:
    import numpy as np
    import ray
except ImportError as error:
    say(str(error))
    sys.exit()

IN_FLIGHT = 1000
# An actor is a process in Ray: no more than this many are made at a time.
AT_ONCE = 8


@ray.remote(num_cpus=0)
class Actor:
    def small_value(self):
        return b"ok"

    def take(self, array):
        return array.nbytes

    def pid(self):
        return os.getpid()


@ray.remote(num_cpus=0)
def call_all(actors, n):
    ray.get([actors[i % len(actors)].small_value.remote() for i in range(n)])


@cache
def array():
    return np.ones(64 * 1024 * 1024, dtype=np.uint8)


def chunks(n, size):
    return [min(size, n - done) for done in range(0, n, size)]


def sync(n):
    for _ in range(n):
        ray.get(actor.small_value.remote())


def in_flight(n):
    for size in chunks(n, IN_FLIGHT):
        ray.get([actor.small_value.remote() for _ in range(size)])


def n_n(n):
    while len(others) < 4:
        others.append(Actor.remote())
    ray.get([call_all.remote(others, n // 4) for _ in range(4)])


def large(n):
    for _ in range(n):
        ray.get(actor.take.remote(array()))


def create(n):
    seconds = 0
    for size in chunks(n, AT_ONCE):
        start = time.perf_counter()
        made = [Actor.remote() for _ in range(size)]
        ray.get([one.small_value.remote() for one in made])
        seconds += time.perf_counter() - start
        for one in made:
            ray.kill(one)
    return seconds


def placement_group(n):
    for _ in range(n):
        group = ray.util.placement_group([{"CPU": 1}] * 4, strategy="PACK")
        ray.get(group.ready())
        ray.util.remove_placement_group(group)


def memory(_):
    return resident_mb(ray.get(actor.pid.remote()))


ray.init(
    num_cpus=8,
    object_store_memory=1024**3,
    include_dashboard=False,
    log_to_driver=False,
    logging_level="ERROR",
)
actor = Actor.remote()
others = []
serve(
    {
        "sync": sync,
        "in_flight": in_flight,
        "n_n": n_n,
        "large": large,
        "create": create,
        "placement_group": placement_group,
        "memory": memory,
    }
)
ray.shutdown()
