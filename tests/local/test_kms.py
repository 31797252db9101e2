"""KMS of the local service: its operation `Decrypt`, over the wire and in process."""

from __future__ import annotations

import base64
import functools
import json
import sys
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.exceptions import ClientError

from cognito_async import errors
from cognito_async._local.settings.pool import PoolSettings
from tests.declared import check

from .helpers import Wire, fault, sign

pytestmark = [pytest.mark.anyio, pytest.mark.table]
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("1111", "9999")
CONTEXT = {"userpool-id": "us-east-1_LocalPool", "user": "é"}
NO_ACCESS = (
    "AccessDeniedException",
    (
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
        "not allowed to access."
    ),
)
ALTERED = ("InvalidCiphertextException", "")


@functools.cache
def kms_model() -> Any:
    return botocore.session.get_session().get_service_model("kms").operation_model("Decrypt")


class KmsWire(Wire):
    """A service with two keys. `blob` is encrypted with the first, in a context."""

    def __init__(self) -> None:
        super().__init__(PoolSettings(kms_key_id=KEY))
        self.service.add_pool(PoolSettings(id="us-east-1_Other", kms_key_id=OTHER_KEY))
        self.blob = self.service._state.kms_keys.of(KEY).encrypt(b"data key", CONTEXT)

    async def kms(self, region: str = "us-east-1", **members: Any) -> httpx.Response:
        given = {"CiphertextBlob": base64.b64encode(self.blob).decode(), "EncryptionContext": CONTEXT, **members}
        body = json.dumps({name: value for name, value in given.items() if value is not None}).encode()
        how = {"target": "TrentService", "service": "kms", "region": region}
        signed = sign("Decrypt", body, at=self.clock.now(), **how)
        return await self.post("Decrypt", body, {**signed, "X-Amz-Target": "TrentService.Decrypt"})

    async def kms_refused(self, **members: Any) -> tuple[str, str]:
        reply = await self.kms(**members)
        body = reply.json()
        return fault(reply) if "message" in body or "Message" in body else (body["__type"], "")


@pytest.mark.parametrize("key_id", [None, KEY, KEY.rpartition("/")[2]])
async def test_key_decrypts_what_it_has_encrypted(key_id: str | None) -> None:
    reply = await KmsWire().kms(KeyId=key_id)
    check(kms_model(), reply.status_code, reply.content)
    body = reply.json()
    assert base64.b64decode(body.pop("Plaintext")) == b"data key"
    assert len(body.pop("KeyMaterialId")) == 64
    assert body == {"KeyId": KEY, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        (
            {"KeyId": OTHER_KEY},
            (
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this operation.",
            ),
        ),
        ({"KeyId": KEY[:-1]}, ("NotFoundException", f"Key '{KEY[:-1]}' does not exist")),
        ({"KeyId": "alias/senders"}, ("NotFoundException", "Key 'alias/senders' does not exist")),
        ({"EncryptionContext": None}, ALTERED),
        ({"EncryptionContext": {**CONTEXT, "more": ""}}, ALTERED),
        ({"EncryptionContext": {**CONTEXT, "user": "e"}}, ALTERED),
        ({"CiphertextBlob": "AYADeA=="}, NO_ACCESS),
        ({"CiphertextBlob": "AYADeA==", "KeyId": KEY}, ALTERED),
        ({"GrantTokens": ["token"]}, ("InvalidGrantTokenException", "The local pool has no grants.")),
        (
            {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
            ("InvalidKeyUsageException", "Only SYMMETRIC_DEFAULT is valid for a symmetric key."),
        ),
        ({"Recipient": {}}, ("ValidationException", "The local pool does not support Recipient.")),
        ({"DryRunModifiers": []}, ("ValidationException", "The local pool does not support DryRunModifiers.")),
        (
            {"DryRun": True},
            ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set."),
        ),
        ({"CiphertextBlob": "*"}, ("SerializationException", "A blob is not in base64.")),
        (
            {"CiphertextBlob": None},
            (
                "ValidationException",
                (
                    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: "
                    "Member must not be null"
                ),
            ),
        ),
        (
            {"CiphertextBlob": "", "KeyId": ""},
            (
                "ValidationException",
                (
                    "2 validation errors detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must "
                    "have length greater than or equal to 1; Value '' at 'keyId' failed to satisfy constraint: Member "
                    "must have length greater than or equal to 1"
                ),
            ),
        ),
        (
            {"CiphertextBlob": "QUFB" * 2049},
            (
                "ValidationException",
                (
                    "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must "
                    "have length less than or equal to 6144"
                ),
            ),
        ),
    ],
)
async def test_refusals_are_those_of_kms(members: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert await KmsWire().kms_refused(**members) == refusal


async def test_altered_blob_is_refused_in_every_region() -> None:
    wire = KmsWire()
    for at in range(len(wire.blob)):
        altered = wire.blob[:at] + bytes([wire.blob[at] ^ 1]) + wire.blob[at + 1 :]
        with pytest.raises(ClientError, match="InvalidCiphertextException"):
            wire.service.kms.decrypt(CiphertextBlob=altered, EncryptionContext=CONTEXT, KeyId=KEY)


async def test_keys_belong_to_their_region() -> None:
    wire = KmsWire()
    wire.service.add_pool(PoolSettings(id="eu-west-1_Other"))
    assert await wire.kms_refused(region="eu-west-1") == NO_ACCESS
    assert (await wire.kms_refused(region="eu-west-1", KeyId=KEY))[0] == "NotFoundException"


async def test_call_must_be_signed_for_kms() -> None:
    wire = KmsWire()
    body = json.dumps({"CiphertextBlob": base64.b64encode(wire.blob).decode()}).encode()
    signed = sign("Decrypt", body, at=wire.clock.now(), target="TrentService")
    target = {"X-Amz-Target": "TrentService.Decrypt"}
    refused = fault(await wire.post("Decrypt", body, {**signed, **target}))
    assert refused == ("InvalidSignatureException", "Credential should be scoped to correct service: 'kms'.")
    assert fault(await wire.post("Decrypt", body, target))[0] == "MissingAuthenticationTokenException"
    assert fault(await wire.post("Encrypt", body, {"X-Amz-Target": "TrentService.Encrypt"})) == (
        "UnknownOperationException",
        "The local pool does not have the operation 'Encrypt'.",
    )


async def test_kms_in_process_answers_and_refuses_as_boto3_does() -> None:
    wire = KmsWire()
    answer = wire.service.kms.decrypt(CiphertextBlob=wire.blob, EncryptionContext=CONTEXT)
    assert (answer["KeyId"], answer["Plaintext"]) == (KEY, b"data key")
    with pytest.raises(ClientError) as caught:
        wire.service.kms.decrypt(CiphertextBlob=wire.blob)
    assert caught.value.response["Error"]["Code"] == "InvalidCiphertextException"
    with pytest.raises(ClientError, match=r"\(IncorrectKeyException\) when calling the Decrypt operation: The key ID"):
        wire.service.kms.decrypt(CiphertextBlob=wire.blob, EncryptionContext=CONTEXT, KeyId=OTHER_KEY)
    assert "data key" not in repr(wire.service._state.kms_keys.of(KEY))


async def test_kms_in_process_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = KmsWire()
    monkeypatch.setitem(sys.modules, "aws_encryption_sdk", None)
    with pytest.raises(errors.ConfigurationError, match=r"\[senders\]"):
        _ = wire.service.kms
