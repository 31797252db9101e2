"""Whether users who signed in and are gone leave anything behind: the process's memory after a tenth, and after all."""

from __future__ import annotations

import gc

from .sign_ins import many
from .worker import Arguments, Figures, memory, our_pool, run_async


async def measure(arguments: Arguments) -> Figures:
    """`size`: how many sign-ins, each dropped at once."""
    count = int(arguments.size)
    async with our_pool(arguments) as pool:
        await many(pool, count // 10)
        gc.collect()
        early = memory("VmRSS")
        await many(pool, count - count // 10)
        gc.collect()
        late = memory("VmRSS")
    return {"early": early, "late": late}


if __name__ == "__main__":
    run_async(measure)
