"""The operation `Decrypt` of KMS, for the functions that read the codes of custom senders.

The requests, replies and errors are those of botocore's model of KMS. The texts of the errors are KMS's, as others
quote them: aws/aws-sdk-java#1323 (a wrong context: no text), localstack's tests of parity with AWS (another key), and
aceew/aws-lambda-env-vars#7 (an unknown key).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .keys import KmsKey, KmsKeys

_ALGORITHM = "SYMMETRIC_DEFAULT"


def decrypt(keys: KmsKeys, request: Request, region: str) -> Reply:
    """Return the reply to a call of the operation."""
    for name in ("Recipient", "DryRunModifiers"):
        if name in request:
            raise Refusal("ValidationException", f"The local pool does not support {name}.")
    if request.get("GrantTokens"):
        raise Refusal("InvalidGrantTokenException", "The local pool has no grants.")
    if request.get("EncryptionAlgorithm", _ALGORITHM) != _ALGORITHM:
        raise Refusal("InvalidKeyUsageException", f"Only {_ALGORITHM} is valid for a symmetric key.")
    blob = base64.b64decode(request["CiphertextBlob"])
    reply = decrypt_blob(keys, region, blob, request.get("EncryptionContext", {}), request.get("KeyId"))
    if request.get("DryRun"):
        raise Refusal("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    return {**reply, "Plaintext": base64.b64encode(reply["Plaintext"]).decode()}


def decrypt_blob(
    keys: KmsKeys, region: str | None, blob: bytes, context: Mapping[str, str], key_id: str | None
) -> dict[str, Any]:
    """Return the members of a reply, with the plain text as bytes."""
    named, key = _named(keys, region, key_id), keys.of_blob(blob, region)
    if key is None:
        if named is not None:
            raise Refusal("InvalidCiphertextException", "")
        raise Refusal(
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
            "you are not allowed to access.",
        )
    if named not in (None, key):
        raise Refusal(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )
    plaintext = key.decrypt(blob, context)
    if plaintext is None:
        raise Refusal("InvalidCiphertextException", "")
    return {
        "KeyId": key.arn,
        "Plaintext": plaintext,
        "EncryptionAlgorithm": _ALGORITHM,
        "KeyMaterialId": key.material_id,
    }


def _named(keys: KmsKeys, region: str | None, key_id: str | None) -> KmsKey | None:
    found = None if key_id is None else keys.find(key_id, region)
    if key_id is not None and found is None:
        raise Refusal("NotFoundException", f"Key '{key_id}' does not exist")
    return found
