"""Xoscar's side of the actor cases, over two processes of one pool: this one, and the one that has the actor."""

import asyncio
import os
import sys
import time
from functools import cache

from peer_loop import resident_mb, say, serve

try:
    import numpy as np
    import xoscar as xo
    from xoscar.backends.allocate_strategy import ProcessIndex
except ImportError as error:
    say(str(error))
    sys.exit()

IN_FLIGHT = 1000


class Counter(xo.Actor):
    def __init__(self):
        super().__init__()
        self.count = 0

    @xo.extensible
    def add(self, n):
        self.count += n
        return self.count

    def take(self, array):
        return array.nbytes

    def pid(self):
        return os.getpid()

    async def call_neighbour(self, n):
        """Seconds of n calls to an actor of the same process."""
        neighbour = await xo.create_actor(Counter, address=self.address)
        start = time.perf_counter()
        for _ in range(n):
            await neighbour.add(1)
        seconds = time.perf_counter() - start
        await xo.destroy_actor(neighbour)
        return seconds


@cache
def array():
    return np.ones(64 * 1024 * 1024, dtype=np.uint8)


def chunks(n, size):
    return [min(size, n - done) for done in range(0, n, size)]


async def sync(n):
    for _ in range(n):
        await counter.add(1)


async def in_flight(n):
    for size in chunks(n, IN_FLIGHT):
        await asyncio.gather(*[counter.add(1) for _ in range(size)])


async def tell(n):
    for _ in range(n):
        await counter.add.tell(1)
    await counter.add(0)


async def batch(n):
    for size in chunks(n, IN_FLIGHT):
        await counter.add.batch(*[counter.add.delay(1) for _ in range(size)])


async def local(n):
    return await counter.call_neighbour(n)


async def large(n):
    for _ in range(n):
        await counter.take(array())


async def create(n):
    start = time.perf_counter()
    made = [await make() for _ in range(n)]
    seconds = time.perf_counter() - start
    for one in made:
        await xo.destroy_actor(one)
    return seconds


async def memory(_):
    return resident_mb(await counter.pid())


def make():
    return xo.create_actor(Counter, address=pool.external_address, allocate_strategy=ProcessIndex(1))


def blocking(case):
    return lambda n: loop.run_until_complete(case(n))


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    pool = loop.run_until_complete(xo.create_actor_pool("127.0.0.1", n_process=1))
    loop.run_until_complete(pool.start())
    counter = loop.run_until_complete(make())
    cases = [sync, in_flight, tell, batch, local, large, create, memory]
    serve({case.__name__: blocking(case) for case in cases})
    loop.run_until_complete(pool.stop())
