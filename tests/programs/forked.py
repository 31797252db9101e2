"""A process that uses connections, forks, and uses them again in both processes: `forked.py URL HOW`.

See `tests/http/test_processes.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Callable

from cognito_async._core.clock import Clock, Deadline
from cognito_async._http.connections import HttpConnections
from cognito_async._http.message import HttpRequest
from cognito_async._http.options import HttpOptions
from cognito_async._http.origin import Url


def sockets() -> set[str]:
    """Return the open sockets of this process, by the names that Linux gives them."""
    found = set[str]()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue  # the listing itself
    return {name for name in found if name.startswith("socket:")}


async def send() -> None:
    await http.send(HttpRequest("POST", url, {}, b"{}"), Deadline(Clock(), 30))


def fork(use: Callable[[], None]) -> None:
    """Fork, and use connections in the child, which must not have the parent's."""
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return
    try:
        assert not sockets() & connection, "the child has given up its copy at once"
        use()
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


async def fork_while_the_loop_runs() -> None:
    fork(lambda: asyncio.run(send()))


if __name__ == "__main__":
    url, how = Url.parse(sys.argv[1]), sys.argv[2]
    http = HttpConnections(HttpOptions(Clock()))
    loop = asyncio.new_event_loop()
    own = sockets()
    loop.run_until_complete(send())
    connection = sockets() - own
    assert len(connection) == 1
    if how == "while the loop runs":
        loop.run_until_complete(fork_while_the_loop_runs())
    else:
        fork(lambda: loop.run_until_complete(send()))
    loop.run_until_complete(send())
    assert sockets() - own == connection, "the parent still uses its connection"
    loop.run_until_complete(http.aclose())
    loop.close()
