"""SRP proofs of passwords and devices: the client's public value A, and its claim."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta

from ..._core.concurrency.arithmetic import run_sliced
from ..._crypto.encoding import timestamp as written
from ..._crypto.groups import N
from ..accounts.srp_server import claim_signature, shared_key
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter
from ..wire.timestamps import parse_timestamp
from ..wire.validation import broken_constraint

_HEX = "^[0-9a-fA-F]+$"
# The service only says "within a certain time interval"; for SigV4 it allows five minutes.
_TIMESTAMP_WINDOW = timedelta(minutes=5)


def parse_a(text: str) -> int:
    """Return SRP_A as a number that is safe to compute with."""
    if not re.fullmatch(_HEX, text):
        raise broken_constraint("sRPA", f"satisfy regular expression pattern: {_HEX}", f"Value '{text}'")
    # Reduce A mod N, because longer numbers block the event loop for longer. Clients send it reduced anyway.
    a_public = int(text, 16) % N
    # If A were 0, every client would know the shared secret.
    if a_public == 0:
        raise invalid_parameter("SRP_A must not be zero modulo N")
    return a_public


class Claim:
    """The answer to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER. Its form is checked before the arithmetic."""

    def __init__(self, responses: dict[str, str]) -> None:
        self.moment: datetime = parse_timestamp(responses["TIMESTAMP"])
        self.block = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
        try:
            self._signature = base64.b64decode(responses["PASSWORD_CLAIM_SIGNATURE"], validate=True)
        except ValueError:
            raise invalid_parameter("Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.") from None

    async def proves(self, verifier: int, numbers: tuple[int, int, int], context: str, identity: str) -> bool:
        """Return whether the claim proves the password from which the verifier was made.

        `numbers` are A, b and B of the handshake. `context` and `identity` are the pool's name and the username, or the
        group key and the key of a device.
        """
        a_public, b, b_public = numbers
        key = await run_sliced(shared_key(verifier, a_public, b, b_public), urgent=True)
        # Use the canonical timestamp, so that a client that signs a zero-padded day or a wrong weekday is refused.
        right = claim_signature(key, context, identity, base64.b64decode(self.block), written(self.moment))
        return hmac.compare_digest(right, self._signature)

    def is_in_time(self, state: ServiceState) -> bool:
        return abs(state.now() - self.moment) <= _TIMESTAMP_WINDOW
