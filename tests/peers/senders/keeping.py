"""The custom sender of a served pool: it keeps the events. `pool.toml` names it."""

from __future__ import annotations

import json
from typing import Any

import anyio


async def keep(event: dict[str, Any]) -> None:
    """Add the event to a file in the working directory of the server."""
    async with await anyio.open_file("events.jsonl", "a", encoding="utf-8") as file:
        await file.write(json.dumps(event) + "\n")
