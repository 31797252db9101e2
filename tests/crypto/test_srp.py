"""The client's SRP against vectors of two other implementations, a textbook server, and hostile servers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async._crypto import srp as srp_module
from cognito_async._crypto.encoding import pad, timestamp
from cognito_async._crypto.groups import G, K, N
from cognito_async.lowlevel import SrpClient, secret_hash
from tests.powers import power

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "srp.json").read_text())["vectors"]
NOON = datetime(2026, 3, 3, 4, 5, 6, tzinfo=timezone.utc)
BLOCK = base64.b64encode(b"secret-block").decode()
SALT = "0a0b0c0d0e0f00112233445566778899"


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{i}-{v['kind']}" for i, v in enumerate(VECTORS)])
def test_vectors_are_reproduced(vector: dict[str, Any]) -> None:
    client = SrpClient(vector["pool_id"].split("_")[1], a=vector["a"])
    assert client.srp_a == vector["srp_a"]
    claim = client.prove(
        vector["username"],
        vector["password"],
        srp_b=vector["srp_b"],
        salt=vector["salt"],
        secret_block=vector["secret_block"],
        at=datetime.fromtimestamp(vector["epoch"], timezone.utc),
    )
    assert claim.timestamp == vector["timestamp"]
    assert claim.signature == vector["signature"]
    assert claim.secret_block == vector["secret_block"]


def test_group_is_rfc_3526_with_cognitos_multiplier() -> None:
    assert N.bit_length() == 3072
    assert N % 2**64 == 2**64 - 1 and N >> (3072 - 64) == 2**64 - 1
    assert pow(2, (N - 1) // 2, N) == 1, "2 must generate the subgroup of prime order"
    assert int.from_bytes(hashlib.sha256(pad(N) + pad(G)).digest(), "big") == K


def _server(password: str, srp_a: str, b: int, user: str = "user") -> tuple[str, bytes]:
    """Return SRP_B and the key, by the textbook's formula for the server."""
    x = _h(pad(int(SALT, 16)) + hashlib.sha256(f"AbCdEfGhI{user}:{password}".encode()).digest())
    verifier = power(G, x, N)
    public_b = (K * verifier + power(G, b, N)) % N
    u = _h(pad(int(srp_a, 16)) + pad(public_b))
    shared = power(int(srp_a, 16) * power(verifier, u, N), b, N)
    prk = hmac.digest(pad(u), pad(shared), "sha256")
    return f"{public_b:x}", hmac.digest(prk, b"Caldera Derived Key\x01", "sha256")[:16]


def _h(data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


@settings(deadline=None)  # a busy machine must not fail the test
@given(password=st.text(alphabet=st.characters(exclude_categories=["Cs"])), b=st.integers(1, 2**256))
def test_client_and_textbook_server_agree_on_the_proof(password: str, b: int) -> None:
    client = SrpClient("AbCdEfGhI")
    srp_b, key = _server(password, client.srp_a, b)
    claim = client.prove("user", password, srp_b=srp_b, salt=SALT, secret_block=BLOCK, at=NOON)
    signed = b"AbCdEfGhIuser" + b"secret-block" + claim.timestamp.encode()
    assert base64.b64decode(claim.signature) == hmac.digest(key, signed, "sha256")


def test_each_handshake_has_a_new_exponent() -> None:
    assert len({SrpClient("pool").srp_a for _ in range(4)}) == 4


@pytest.mark.parametrize("a", [0, -1, N, N + 1, "", "xyz", "0"])
def test_exponent_out_of_range_is_refused(a: int | str) -> None:
    with pytest.raises(errors.ConfigurationError, match="from 1 to N - 1"):
        SrpClient("pool", a=a)


def _prove(**changed: Any) -> Any:
    arguments: dict[str, Any] = {"srp_b": "2", "salt": SALT, "secret_block": BLOCK, "at": NOON, **changed}
    return SrpClient("pool", a=7).prove("user", arguments.pop("password", "Passw0rd!"), **arguments)


@pytest.mark.parametrize(
    "hostile",
    [
        {"srp_b": ""},
        {"srp_b": "not hex"},
        {"srp_b": "-2"},
        {"srp_b": "0x2"},
        {"srp_b": "2_2"},
        {"srp_b": "٢"},
        {"srp_b": "2\n"},
        {"srp_b": None},
        {"srp_b": "f" * 771},
        {"srp_b": "0"},
        {"srp_b": f"{N:x}"},
        {"srp_b": f"00{N:x}"},
        {"salt": ""},
        {"salt": "no"},
        {"salt": "a" * 513},
        {"salt": None},
        {"secret_block": ""},
        {"secret_block": "***"},
        {"secret_block": "a"},
        {"secret_block": "ü"},
        {"secret_block": None},
        {"secret_block": "A" * 16_388},
    ],
    ids=lambda hostile: f"{next(iter(hostile.items()))!r:.40}",
)
def test_hostile_values_are_refused_without_a_proof(hostile: dict[str, Any]) -> None:
    with pytest.raises(errors.SrpError) as caught:
        _prove(**hostile)
    assert (caught.value.__cause__ is None and caught.value.__suppress_context__) or caught.value.__context__ is None


def test_zero_scrambling_parameter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srp_module, "_hash_number", lambda data: 0)
    with pytest.raises(errors.SrpError, match="u is zero"):
        _prove()


def test_salt_is_read_as_a_number_even_if_zero() -> None:
    assert _prove(salt="0").signature == _prove(salt="0000").signature
    assert _prove(salt="00ff").signature == _prove(salt="ff").signature != _prove(salt="fe").signature


def test_url_safe_and_unpadded_secret_blocks_are_accepted() -> None:
    block = base64.b64encode(b"\xfb\xff\xfe\x01").decode()
    other = block.replace("+", "-").replace("/", "_").rstrip("=")
    assert other != block
    assert _prove(secret_block=other).signature == _prove(secret_block=block).signature


def test_naive_time_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="time zone"):
        _prove(at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "Thu Jan 1 00:00:00 UTC 1970"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))), "Wed Jan 1 00:00:00 UTC 3000"),
    ],
)
def test_impossible_time_is_clamped(at: datetime, shown: str) -> None:
    assert _prove(at=at).timestamp == shown


def test_unencodable_password_is_refused_without_leaking() -> None:
    with pytest.raises(errors.ConfigurationError, match="lone surrogate") as caught:
        _prove(password="s3cret\udc80")
    assert "s3cret" not in repr(caught.value) + str(caught.value.__cause__)
    assert caught.value.__context__ is None


def test_timestamp_is_english_utc_without_a_leading_zero() -> None:
    assert timestamp(NOON) == "Tue Mar 3 04:05:06 UTC 2026"
    assert timestamp(NOON.astimezone(timezone(timedelta(hours=-9)))) == "Tue Mar 3 04:05:06 UTC 2026"
    assert timestamp(datetime(2026, 12, 31, 23, 59, 59, tzinfo=timezone.utc)) == "Thu Dec 31 23:59:59 UTC 2026"


@given(st.integers(0, 2**3100))
def test_pad_returns_the_shortest_twos_complement(number: int) -> None:
    padded = pad(number)
    assert int.from_bytes(padded, "big", signed=True) == number
    assert len(padded) == 1 or not (padded[0] == 0 and padded[1] < 0x80)


def test_handshake_is_masked_and_not_pickled() -> None:
    client = SrpClient("pool", a=12345)
    claim = _prove()
    assert "12345" not in repr(client) and "3039" not in repr(client)
    assert claim.signature not in repr(claim) and BLOCK not in repr(claim)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(client)


def test_secret_hash_is_hmac_sha256_over_name_and_client() -> None:
    # Test case 2 of RFC 4231, whose message is split into user name and client id.
    expected = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert base64.b64decode(secret_hash("what do ya want ", "for nothing?", "Jefe")) == expected


@pytest.mark.parametrize("changed", [{"password": None}, {"password": b"pw"}, {"at": "now"}, {"at": None}])
def test_arguments_of_wrong_types_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        _prove(**changed)


@pytest.mark.parametrize("arguments", [(None,), (5,), ("pool\udc80",)])
def test_invalid_context_is_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(errors.ConfigurationError, match="the context"):
        SrpClient(*arguments)


@pytest.mark.parametrize("a", [1.5, True, b"5"])
def test_exponent_of_a_wrong_type_is_refused(a: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="from 1 to N - 1"):
        SrpClient("pool", a=a)


@pytest.mark.parametrize(
    "texts", [("u", "c", 5), ("u", None, "s"), ("u", "c", "s3cret\udc80"), ("\udc80", "c", "s3cret")]
)
def test_invalid_secret_hash_arguments_are_refused_without_leaking(texts: tuple[Any, ...]) -> None:
    with pytest.raises(errors.ConfigurationError, match="three strings") as caught:
        secret_hash(*texts)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in shown.stack if "secret_hash.py" in frame.filename]
    assert frames and "s3cret" not in repr([frame.locals for frame in frames])
