"""Ray's side of the cases of objects and tasks: those of its own microbenchmark where it has them."""

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

MiB = 1024 * 1024
BATCH = 1000
# Large objects, of which each is used once.
FEW = 8


@ray.remote
def small_value():
    return b"ok"


@ray.remote
def put_small(count):
    for _ in range(count):
        ray.put(0)


@ray.remote
def put_large(count):
    for _ in range(count):
        ray.put(np.zeros(10 * MiB, dtype=np.int64))


@ray.remote
def make_refs(count):
    return [ray.put(1) for _ in range(count)]


@ray.remote(num_cpus=0)
class Client:
    def __init__(self):
        self.kept = []

    def submit_all(self, n):
        ray.get([small_value.remote() for _ in range(n)])

    def get_first(self, refs):
        times = []
        for ref in refs:
            start = time.perf_counter()
            self.kept.append(ray.get(ref))
            times.append((time.perf_counter() - start) * 1000)
        return times

    def get_again(self, refs, n):
        (ref,) = refs
        ray.get(ref)
        start = time.perf_counter()
        for _ in range(n):
            ray.get(ref)
        return time.perf_counter() - start

    def forget(self):
        self.kept = []

    def pid(self):
        return os.getpid()


@cache
def array():
    # Its microbenchmark has zeros, which no memory is read for: the system has one page of them.
    return np.ones(100 * MiB, dtype=np.int64)


@cache
def block():
    return np.ones(64 * MiB, dtype=np.uint8)


@cache
def large():
    return ray.put(block())


@cache
def refs():
    return make_refs.remote(10_000)


@cache
def clients():
    return [Client.remote() for _ in range(4)]


def chunks(n, size):
    return [min(size, n - done) for done in range(0, n, size)]


def get_small(n):
    for _ in range(n):
        ray.get(small)


def put_small_here(n):
    for _ in range(n):
        ray.put(0)


def multi_put_small(n):
    for tasks in chunks(n // 100, 10):
        ray.get([put_small.remote(100) for _ in range(tasks)])


def put_gigabytes(n):
    for _ in range(n):
        ray.put(array())


def multi_put_gigabytes(n):
    for tasks in chunks(n // 10, 10):
        ray.get([put_large.remote(10) for _ in range(tasks)])


def get_large_first(_):
    made = [ray.put(block()) for _ in range(FEW)]
    times = ray.get(client.get_first.remote(made))
    ray.get(client.forget.remote())
    return sum(times) / len(times)


def get_large_again(n):
    return ray.get(client.get_again.remote([large()], n))


def get_refs(n):
    for _ in range(n):
        ray.get(refs())


def tasks_sync(n):
    for _ in range(n):
        ray.get(small_value.remote())


def tasks_async(n):
    for size in chunks(n, BATCH):
        ray.get([small_value.remote() for _ in range(size)])


def tasks_batch(n):
    for _ in range(n):
        ray.get([small_value.remote() for _ in range(BATCH)])


def multi_tasks_async(n):
    ray.get([client.submit_all.remote(n // 4) for client in clients()])


def wait_drained(n):
    for _ in range(n):
        pending = [small_value.remote() for _ in range(BATCH)]
        # As its microbenchmark has it: to fetch is asked for once.
        fetch_local = True
        while pending:
            _, pending = ray.wait(pending, fetch_local=fetch_local)
            fetch_local = False


def memory(_):
    return resident_mb(ray.get(client.pid.remote()))


ray.init(
    object_store_memory=6 * 1024**3,
    include_dashboard=False,
    log_to_driver=False,
    logging_level="ERROR",
)
small = ray.put(0)
client = Client.remote()
serve(
    {
        "getSmall": get_small,
        "putSmall": put_small_here,
        "multiPutSmall": multi_put_small,
        "putGigabytes": put_gigabytes,
        "multiPutGigabytes": multi_put_gigabytes,
        "getLargeFirst": get_large_first,
        "getLargeAgain": get_large_again,
        "getRefs": get_refs,
        "tasksSync": tasks_sync,
        "tasksAsync": tasks_async,
        "tasksBatch": tasks_batch,
        "multiTasksAsync": multi_tasks_async,
        "wait": wait_drained,
        "memory": memory,
    }
)
ray.shutdown()
