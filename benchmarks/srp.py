"""The workload `srp`: CPU seconds of the client's arithmetic in one SRP handshake.

A handshake begins with a new random number, SRP's `a`, and ends with the signature of the proof. The workload measures
the first handshake of the process, and the median of later ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

from .worker import Arguments, Figures, run

# The server's challenge, which is the same for all contenders.
VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "srp.json"
CHALLENGE: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))["vectors"][0]


def ours() -> Callable[[], Any]:
    from cognito_async.lowlevel import SrpClient

    def handshake() -> Any:
        client = SrpClient(CHALLENGE["pool_id"].partition("_")[2])
        # A sign-in first sends `srp_a`, and then computes the proof with the same `a`.
        assert client.srp_a
        return client.prove(
            CHALLENGE["username"],
            CHALLENGE["password"],
            srp_b=CHALLENGE["srp_b"],
            salt=CHALLENGE["salt"],
            secret_block=CHALLENGE["secret_block"],
            at=datetime.now(timezone.utc),
        )

    return handshake


def pycognito() -> Callable[[], Any]:
    from pycognito.aws_srp import AWSSRP

    challenge = {
        "USERNAME": CHALLENGE["username"],
        "USER_ID_FOR_SRP": CHALLENGE["username"],
        "SRP_B": CHALLENGE["srp_b"],
        "SALT": CHALLENGE["salt"],
        "SECRET_BLOCK": CHALLENGE["secret_block"],
    }

    def handshake() -> Any:
        client = AWSSRP(CHALLENGE["username"], CHALLENGE["password"], CHALLENGE["pool_id"], "client", client=object())
        return client.process_challenge(challenge, client.get_auth_params())

    return handshake


def measure(arguments: Arguments) -> Figures:
    """Measure the first handshake, and `size` more."""
    handshake = pycognito() if arguments.contender == "pycognito" else ours()
    seconds = []
    for _ in range(int(arguments.size) + 1):
        before = time.process_time()
        handshake()
        seconds.append(time.process_time() - before)
    return {"first": seconds[0], "cpu": median(seconds[1:])}


if __name__ == "__main__":
    run(measure)
