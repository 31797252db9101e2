"""The registration of a new device: its password, salt and verifier."""

from __future__ import annotations

import base64
import hashlib

from cognito_async._core.secret import Secret
from cognito_async._crypto.device import new_device_password, verifier_steps
from cognito_async._crypto.power import complete


def test_verifier_equals_amazon_cognito_identity_js() -> None:
    salt, verifier = complete(
        verifier_steps(
            "-grpKey",
            "us-east-1_11111111-2222-3333-4444-555555555555",
            Secret("ZGV2aWNlLXBhc3N3b3Jk"),
            bytes(range(0xF0, 0x100)),
        )
    )
    assert base64.b64encode(salt) == b"APDx8vP09fb3+Pn6+/z9/v8="
    assert len(verifier.reveal()) == 385
    assert (
        hashlib.sha256(verifier.reveal()).hexdigest()
        == "fe0f04095fbce1ca411532fc14d1e0f5d4254ffeaf175256f3cd94b9d1926f30"
    )


def test_new_salts_are_random_and_begin_with_a_nonzero_byte() -> None:
    salts = {complete(verifier_steps("g", "k", Secret("p")))[0] for _ in range(50)}
    assert len(salts) == 50
    assert all(len(salt) in (16, 17) and (len(salt) == 17) == (salt[0] == 0) for salt in salts)


def test_device_passwords_are_40_random_bytes() -> None:
    assert len({new_device_password() for _ in range(50)}) == 50
    assert len(base64.b64decode(new_device_password().reveal())) == 40
