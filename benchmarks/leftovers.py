"""The workload `leftovers`: the memory of the process after a tenth of the sign-ins, and after all of them.

The two are equal if Python frees the results that the workload drops.
"""

from __future__ import annotations

import gc

from .sign_ins import sign_in_many
from .worker import Arguments, Figures, memory, our_pool, run_async


async def measure(arguments: Arguments) -> Figures:
    """Sign in `size` times and drop each result immediately."""
    count = int(arguments.size)
    async with our_pool(arguments) as pool:
        await sign_in_many(pool, count // 10)
        gc.collect()
        early = memory("VmRSS")
        await sign_in_many(pool, count - count // 10)
        gc.collect()
        late = memory("VmRSS")
    return {"early": early, "late": late}


if __name__ == "__main__":
    run_async(measure)
