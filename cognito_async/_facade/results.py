"""What the calls return: small typed values that dump, copy and appear in an OpenAPI page, and hold nothing secret."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, PlainSerializer, WithJsonSchema

from .._flows.sign_out import Remote
from .._generated import common
from .._ground.errors import CognitoError
from .._ground.model import PublicModel


class Result(PublicModel):
    """Base of the results."""

    model_config = ConfigDict(frozen=True)

    def __getstate__(self) -> dict[Any, Any]:
        # Private members carry a `Session`: they stay in this process.
        state = super().__getstate__()
        private = state["__pydantic_private__"]
        return {**state, "__pydantic_private__": private and dict.fromkeys(private)}


class CodeDelivery(Result):
    """Where the service sent a code, to tell the user where to look.

    Attributes:
        destination: the address, masked by the service (`a***@e***`).
        medium: `"EMAIL"` or `"SMS"`.
        attribute: the attribute that the code verifies, such as `"email"`.

    Source: `CodeDeliveryDetailsType` of the service's model.
    """

    destination: str | None = None
    medium: str | None = None
    attribute: str | None = None


def _error_name(error: CognitoError | None) -> str | None:
    return None if error is None else error.code or type(error).__name__


class SignOutResult(Result):
    """What `sign_out` returns: here the session has ended in any case, `remote` tells about the service.

    Attributes:
        remote: `"done"`: the service ended what was asked for. `"already"`: it was over before.
            `"unknown"`: it may or may not have. `"failed"`: it has not. `"none"`: there was nothing to end there.
        error: why, where `remote` is not `"done"` or `"none"`.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    remote: Remote
    error: Annotated[
        CognitoError | None,
        PlainSerializer(_error_name, return_type=str | None),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ] = None


def code_delivery(details: common.CodeDeliveryDetailsType | None) -> CodeDelivery | None:
    """The service's delivery details in our words."""
    if details is None:
        return None
    return CodeDelivery(
        destination=details.destination, medium=details.delivery_medium, attribute=details.attribute_name
    )
