"""The public keys in a JSON Web Key Set (RFC 7517)."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

# Cognito has two keys for each pool, and perhaps more while it replaces them.
_MOST_KEYS = 100
_LEAST_BITS, _MOST_BITS = 2048, 4096
# Larger exponents only make a verification slow. Cognito's is 65537.
_LARGEST_EXPONENT = 2**32
# RFC 7518 section 3.3: RS256 is RSASSA-PKCS1-v1_5 with SHA-256. Each of these objects serves all verifications.
_PADDING, _HASH = PKCS1v15(), SHA256()


class PublicKey:
    """A key that verifies RS256 signatures, and nothing else."""

    __slots__ = ("_key",)

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    def has_signed(self, signed: bytes, signature: bytes) -> bool:
        """Return whether this is the signature of these bytes."""
        try:
            self._key.verify(signature, signed, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True


def public_keys(document: Mapping[str, Any]) -> dict[str, PublicKey]:
    """Return the usable keys of a key set, by their ids. Ignore all others, such as keys for other algorithms.

    A key is usable if it is an RSA key of 2,048 to 4,096 bits with an id, and its `use` and `alg`, if it has them, are
    `sig` and `RS256`. If two keys have the same id, the first counts.
    """
    keys: dict[str, PublicKey] = {}
    listed: Any = document.get("keys")
    for each in cast("list[object]", listed[:_MOST_KEYS] if isinstance(listed, list) else []):
        if isinstance(each, Mapping):
            jwk = cast("Mapping[str, Any]", each)
            kid, key = jwk.get("kid"), _public_key(jwk)
            if isinstance(kid, str) and kid and key is not None:
                keys.setdefault(kid, key)
    return keys


def _public_key(jwk: Mapping[str, Any]) -> PublicKey | None:
    if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig" or jwk.get("alg", "RS256") != "RS256":
        return None
    modulus, exponent = _number(jwk.get("n")), _number(jwk.get("e"))
    # A modulus is the product of two large primes, so it is odd.
    if not (_LEAST_BITS <= modulus.bit_length() <= _MOST_BITS and modulus % 2 and exponent <= _LARGEST_EXPONENT):
        return None
    try:
        return PublicKey(RSAPublicNumbers(exponent, modulus).public_key())
    except (ValueError, UnsupportedAlgorithm):
        return None


def _number(text: object) -> int:
    """Return a number in base64url (RFC 7518 section 2); 0 for anything else."""
    if not isinstance(text, str) or not text.isascii():
        return 0
    try:
        return int.from_bytes(binascii.a2b_base64(text.translate(_TO_STANDARD) + "=="))
    except binascii.Error:
        return 0


_TO_STANDARD = str.maketrans("-_", "+/")
