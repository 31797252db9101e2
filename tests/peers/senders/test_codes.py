"""The codes of a served pool's custom senders, decrypted by AWS's own software, which asks the pool as its KMS."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognito_async import errors
from cognito_async.triggers import CustomEmailSender, CustomSMSSender, parse

from ..conftest import CODE, KEYS
from ..javascript import output_of
from ..running import AppClient, module

pytestmark = [pytest.mark.peer, pytest.mark.anyio]
PASSWORD = "<Temp0rary&\"'>"
IN_MAIL = "&lt;Temp0rary&amp;&quot;&#39;&gt;"


@pytest.fixture
def variables(served_with_senders: tuple[AppClient, Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set the environment of the functions, and return it."""
    client, _ = served_with_senders
    variables = {
        "AWS_ENDPOINT_URL_KMS": client.endpoint,
        "AWS_ACCESS_KEY_ID": KEYS.access_key_id,
        "AWS_SECRET_ACCESS_KEY": KEYS.secret_access_key,
        "AWS_REGION": client.region,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


async def sent(served: tuple[AppClient, Path], name: str) -> list[dict[str, Any]]:
    """Cause a code by mail, one by SMS, and a temporary password by mail. Return their events."""
    client, directory = served
    async with client.pool(credentials=KEYS) as pool:
        await pool.sign_up(f"{name}-1", "Passw0rd!", attributes={"email": "a@example.com"})
        await pool.sign_up(f"{name}-2", "Passw0rd!", attributes={"phone_number": "+15550100"})
        await pool.admin.invite_user(f"{name}-3", attributes={"email": "b@example.com"}, temporary_password=PASSWORD)
    lines = (directory / "events.jsonl").read_text("utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["userName"].startswith(name)]


@pytest.fixture
def key(served_with_senders: tuple[AppClient, Path], administrator: Callable[[AppClient], Any]) -> str:
    """Return the ARN of the pool's key, as boto3 reads it."""
    client, _ = served_with_senders
    pool = administrator(client).describe_user_pool(UserPoolId=client.user_pool_id)["UserPool"]
    arn: str = pool["LambdaConfig"]["KMSKeyID"]
    return arn


async def test_our_method_asks_the_served_pool(
    served_with_senders: tuple[AppClient, Path], variables: dict[str, str], key: str, name: str
) -> None:
    module("boto3")
    for event, expected in zip(await sent(served_with_senders, name), (CODE, CODE, PASSWORD), strict=True):
        parsed = parse(event)
        assert isinstance(parsed, CustomEmailSender | CustomSMSSender)
        assert parsed.decrypt_code(key_id=key) == expected
        with pytest.raises(errors.DecryptionFailed, match="not encrypted with the KMS key"):
            parsed.decrypt_code(key_id=key[:-1])


async def test_sdk_in_python_asks_the_served_pool(
    served_with_senders: tuple[AppClient, Path], variables: dict[str, str], key: str, name: str
) -> None:
    sdk = module("aws_encryption_sdk")
    client = sdk.EncryptionSDKClient(commitment_policy=sdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    provider = sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
    texts, contexts = [], []
    for event in await sent(served_with_senders, name):
        text, header = client.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=provider)
        texts.append(text.decode())
        contexts.append(header.encryption_context["userpool-id"])
    assert texts == [CODE, CODE, IN_MAIL]
    assert set(contexts) == {served_with_senders[0].user_pool_id}


async def test_sdk_in_javascript_asks_the_served_pool(
    served_with_senders: tuple[AppClient, Path], variables: dict[str, str], key: str, name: str
) -> None:
    codes = [event["request"]["code"] for event in await sent(served_with_senders, name)]
    message = base64.b64decode(codes[0])
    altered = [message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :] for at in range(0, len(message), 17)]
    given = {"keyArn": key, "codes": [*codes, *(base64.b64encode(each).decode() for each in altered)]}
    output = output_of("senders/decrypt.mjs", "@aws-crypto/client-node", json.dumps(given), **variables)
    outcomes = json.loads(output)
    assert [each.get("text") for each in outcomes[:3]] == [CODE, CODE, IN_MAIL]
    assert len(outcomes) == 3 + len(altered) and all("error" in each for each in outcomes[3:])
