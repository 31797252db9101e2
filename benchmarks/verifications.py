"""The workload `verifications`: CPU seconds to verify an access token whose key is there.

This measures our package and its peers in one process, in turns of a few milliseconds, because the speed of the machine
changes from second to second, by more than the targets leave room for. `verifications.js` is the version for Node.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from .signing import ISSUER, Signed, our_verifier, sign
from .worker import CLIENT_ID, Arguments, Figures, cpu_of_each, run_async


def by_pyjwt(made: Signed) -> Callable[[], Any]:
    """Return a function that makes the same checks as our package: those that PyJWT knows, and two by hand."""
    import jwt

    clients = {CLIENT_ID}

    def verify() -> Any:
        claims = jwt.decode(
            made.token, made.key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]}
        )
        if claims.get("token_use") != "access" or claims.get("client_id") not in clients:
            raise jwt.InvalidTokenError
        return claims

    return verify


def bare_decode(made: Signed) -> Callable[[], Any]:
    """Return a function that makes only the checks that PyJWT makes by default."""
    import jwt

    return partial(jwt.decode, made.token, made.key, algorithms=["RS256"])


def bare_signature(made: Signed) -> Callable[[], Any]:
    """Return a function that verifies only the signature, of bytes that are decoded already."""
    return partial(made.key.verify, made.signature, made.signed, PKCS1v15(), SHA256())


async def measure(arguments: Arguments) -> Figures:
    """Measure `size` batches of each, after one to warm up."""
    made = sign()
    verifier = our_verifier(made)
    uses: dict[str, Callable[[], Any]] = {
        "cpu": partial(verifier.verify, made.token),
        "nowait": partial(verifier.verify_nowait, made.token),
        "pyjwt": by_pyjwt(made),
        "decode": bare_decode(made),
        "signature": bare_signature(made),
    }
    return await cpu_of_each(uses, int(arguments.size))


if __name__ == "__main__":
    run_async(measure)
