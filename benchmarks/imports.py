"""The workload `imports`: CPU seconds from a fresh interpreter to a usable client, for imports and the constructor."""

from __future__ import annotations

import time

from .worker import CLIENT_ID, POOL_ID, Arguments, Figures, run


def ours() -> None:
    import cognito_async

    cognito_async.UserPool(POOL_ID, CLIENT_ID)


def dependencies() -> None:
    """Import the five dependencies of our package; of cryptography, only the part that SRP needs."""
    import anyio  # noqa: F401
    import httpx  # noqa: F401
    import pydantic  # noqa: F401
    import tenacity  # noqa: F401
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: F401


def pycognito() -> None:
    import pycognito

    pycognito.Cognito(POOL_ID, CLIENT_ID, access_key="unused", secret_key="unused")


CONTENDERS = {"default": ours, "dependencies": dependencies, "pycognito": pycognito}


def measure(arguments: Arguments) -> Figures:
    """Measure one start; `size` is ignored, because a process starts only once."""
    before = time.process_time()
    CONTENDERS[arguments.contender]()
    return {"cpu": time.process_time() - before}


if __name__ == "__main__":
    run(measure)
