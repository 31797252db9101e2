"""The parts of a signed token (RFC 7515 section 3.1), decoded but not verified."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._core.secret import Secret
from .._core.token_errors import InvalidToken, MalformedToken, WrongAlgorithm
from .strict_json import read_object

# A token of a user in 100 groups, each with a name of 128 characters, has 17 KB.
_MOST_CHARACTERS = 64 * 1024
# The valid last characters of a part, by its length modulo 4. All others have spare bits.
_LAST = ((), (), (b"A", b"Q", b"g", b"w"), tuple(letter.encode() for letter in "AEIMQUYcgkosw048"))
_FORM = "the token is malformed: pass it without the word Bearer, and without spaces"


class TokenParts(NamedTuple):
    """The parts of a token.

    Attributes:
        header: the first part, still encoded, in the standard alphabet of base64.
        kid: the id of the key that has signed the token, as the header says.
        claims: the members of the second part.
        signed: the bytes that are signed.
        signature: the signature.
    """

    header: bytes
    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def split_token(token: Secret[Any], known_headers: Mapping[bytes, str]) -> Secret[TokenParts] | InvalidToken:
    """Decode a token. Return its parts, or the error to raise. This never raises: a traceback could show the token.

    Args:
        token: the token, of any type.
        known_headers: the headers of genuine tokens, with the key id in each. They need not be decoded again.
    """
    text = token.reveal()
    if type(text) is not str:
        return MalformedToken("the token must be a str", reason="type")
    if not text.isascii():
        return _malformed("encoding")
    if len(text) > _MOST_CHARACTERS:
        return MalformedToken(f"the token has more than {_MOST_CHARACTERS:,} characters", reason="size")
    data = text.encode()
    parts = _standard(data)
    if len(parts) != 3:
        return _malformed("parts")
    payload, signature = _decoded(parts[1]), _decoded(parts[2])
    if payload is None or signature is None:
        return _malformed("encoding")
    claims = read_object(payload)
    if isinstance(claims, str):
        return _malformed(claims)
    kid = known_headers.get(parts[0]) or _read_header(parts[0])
    if isinstance(kid, InvalidToken):
        return kid
    return Secret(TokenParts(parts[0], kid, claims, data[: data.rindex(b".")], signature))


def _read_header(encoded: bytes) -> str | InvalidToken:
    """Return the id of the key. Members that could name another key, such as `jwk`, `jku` and `x5u`, are ignored."""
    data = _decoded(encoded)
    header = "encoding" if data is None else read_object(data)
    if isinstance(header, str):
        return _malformed(header)
    if header.get("alg") != "RS256":
        return WrongAlgorithm("the token is not signed with RS256")
    # `b64` is an extension too (RFC 7797 section 6): it changes which text is signed.
    if "crit" in header or "b64" in header:
        return WrongAlgorithm("the token needs an extension of its signature (crit)", reason="crit")
    kid = header.get("kid")
    if type(kid) is not str or not kid:
        return _malformed("header")
    return kid


def _standard(data: bytes) -> list[bytes]:
    """Return the parts in the standard alphabet of base64, in which both alphabets must not be mixed up."""
    if b"+" in data or b"/" in data:
        data = data.replace(b"+", b"*").replace(b"/", b"*")  # which is in no alphabet
    return data.replace(b"-", b"+").replace(b"_", b"/").split(b".", 3)


def _decoded(part: bytes) -> bytes | None:
    """Return the data of base64 in its only canonical form: without padding, other characters and spare bits."""
    surplus = len(part) % 4
    if surplus and not part.endswith(_LAST[surplus]):
        return None
    try:
        data = binascii.a2b_base64(part + b"==")
    except binascii.Error:
        return None
    # Python's decoder skips other characters, and then the data is shorter.
    return data if len(data) == len(part) * 3 // 4 else None


def _malformed(reason: str) -> MalformedToken:
    return MalformedToken(_FORM, reason=reason)
