"""The client's arithmetic of an SRP handshake, from a fresh `a` to the signature: CPU seconds, the first and later."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

from .worker import Arguments, Figures, run

# What a server said; the same for all contenders.
VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "srp.json"
SAID: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))["vectors"][0]


def ours() -> Callable[[], Any]:
    from cognito_async.lowlevel import SrpClient

    def handshake() -> Any:
        client = SrpClient(SAID["pool_id"].partition("_")[2])
        # A sign-in sends this first, and proves with the same `a` afterwards.
        assert client.srp_a
        return client.prove(
            SAID["username"],
            SAID["password"],
            srp_b=SAID["srp_b"],
            salt=SAID["salt"],
            secret_block=SAID["secret_block"],
            at=datetime.now(timezone.utc),
        )

    return handshake


def pycognito() -> Callable[[], Any]:
    from pycognito.aws_srp import AWSSRP

    challenge = {
        "USERNAME": SAID["username"],
        "USER_ID_FOR_SRP": SAID["username"],
        "SRP_B": SAID["srp_b"],
        "SALT": SAID["salt"],
        "SECRET_BLOCK": SAID["secret_block"],
    }

    def handshake() -> Any:
        client = AWSSRP(SAID["username"], SAID["password"], SAID["pool_id"], "client", client=object())
        return client.process_challenge(challenge, client.get_auth_params())

    return handshake


def measure(arguments: Arguments) -> Figures:
    """`size`: how many handshakes after the first."""
    handshake = pycognito() if arguments.contender == "pycognito" else ours()
    seconds = []
    for _ in range(int(arguments.size) + 1):
        before = time.process_time()
        handshake()
        seconds.append(time.process_time() - before)
    return {"first": seconds[0], "cpu": median(seconds[1:])}


if __name__ == "__main__":
    run(measure)
