"""An access token for the workloads that verify one, and the public key that has signed it.

`access_token.json` has its header and its claims, apart from the times. `verifications.js` makes the same token for
Node.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from .worker import CLIENT_ID, POOL_ID

PARTS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("access_token.json").read_text("utf-8"))
ISSUER: str = PARTS["claims"]["iss"]


class Signed(NamedTuple):
    """A token as it is sent, its decoded pieces, and the key that verifies it.

    Attributes:
        token: the token.
        signed: the bytes that are signed.
        signature: the signature.
        key: the public key.
    """

    token: str
    signed: bytes
    signature: bytes
    key: RSAPublicKey


def sign(**changes: Any) -> Signed:
    """Return a token that is valid for an hour, signed with a new key of the size that Cognito uses.

    `changes`: claims that differ from those of `access_token.json`.
    """
    key, now = generate_private_key(65537, 2048), int(time.time())
    claims = {**PARTS["claims"], "auth_time": now, "exp": now + 3600, "iat": now, **changes}
    signed = b".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (PARTS["header"], claims))
    signature = key.sign(signed, PKCS1v15(), SHA256())
    return Signed((signed + b"." + _encoded(signature)).decode(), signed, signature, key.public_key())


def our_verifier(made: Signed) -> Any:
    """Return our verifier of access tokens of the app client. It has the key already."""
    from cognito_async import TokenVerifier

    numbers = made.key.public_numbers()
    jwk = {"kty": "RSA", "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e), **PARTS["header"]}
    verifier = TokenVerifier(POOL_ID, client_id=CLIENT_ID, token_use="access")
    verifier.add_keys({"keys": [jwk]})
    return verifier


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8)).decode()


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
