"""The workload `memory`: bytes of memory per signed-in user, without the characters of the tokens."""

from __future__ import annotations

import gc
import tracemalloc

from .sign_ins import sign_in_many
from .worker import PASSWORD, USERNAME, Arguments, Figures, our_pool, run_async


async def measure(arguments: Arguments) -> Figures:
    """Sign in `size` users and hold all of them."""
    count = int(arguments.size)
    async with our_pool(arguments) as pool:
        await sign_in_many(pool, 20)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        users = [(await pool.sign_in(USERNAME, PASSWORD)).user for _ in range(count)]
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    text = 0
    for user in users:
        tokens = user.tokens
        text += sum(len(token or "") for token in (tokens.access_token, tokens.id_token, tokens.refresh_token))
    return {"each": (taken - text) / count, "text": text / count}


if __name__ == "__main__":
    run_async(measure)
