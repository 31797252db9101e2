"""The account of a signed-in user at the service: read it, change it, delete it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._aws._generated import common
from .._aws._generated import profile as operations
from .._core.secret import Secret, as_member
from .context import CallerContext
from .protocol import Flow, call


def user(access_token: Secret[str]) -> Flow[operations.GetUserResponse]:
    """Call GetUser."""
    return (yield from call(operations.GET_USER, operations.GetUserRequest(access_token=as_member(access_token))))


def attributes(access_token: Secret[str]) -> Flow[dict[str, str]]:
    """Call GetUser and return the attributes as a dictionary."""
    reply = yield from user(access_token)
    return {attribute.name: attribute.value or "" for attribute in reply.user_attributes or [] if attribute.name}


def update_attributes(
    access_token: Secret[str], changes: Mapping[str, str], caller: CallerContext
) -> Flow[list[common.CodeDeliveryDetailsType]]:
    """Call UpdateUserAttributes. Return where the service sent codes for the attributes that must be verified."""
    request = operations.UpdateUserAttributesRequest(
        access_token=as_member(access_token),
        user_attributes=[common.AttributeType(name=name, value=value) for name, value in changes.items()],
        client_metadata=caller.metadata,
    )
    reply = yield from call(operations.UPDATE_USER_ATTRIBUTES, request)
    return reply.code_delivery_details_list or []


def delete_attributes(access_token: Secret[str], names: Sequence[str]) -> Flow[None]:
    """Call DeleteUserAttributes."""
    request = operations.DeleteUserAttributesRequest(
        access_token=as_member(access_token), user_attribute_names=list(names)
    )
    yield from call(operations.DELETE_USER_ATTRIBUTES, request)


def send_code(
    access_token: Secret[str], name: str, caller: CallerContext
) -> Flow[common.CodeDeliveryDetailsType | None]:
    """Call GetUserAttributeVerificationCode."""
    request = operations.GetUserAttributeVerificationCodeRequest(
        access_token=as_member(access_token), attribute_name=name, client_metadata=caller.metadata
    )
    return (yield from call(operations.GET_USER_ATTRIBUTE_VERIFICATION_CODE, request)).code_delivery_details


def confirm_attribute(access_token: Secret[str], name: str, code: Secret[str]) -> Flow[None]:
    """Call VerifyUserAttribute."""
    request = operations.VerifyUserAttributeRequest(
        access_token=as_member(access_token), attribute_name=name, code=as_member(code)
    )
    yield from call(operations.VERIFY_USER_ATTRIBUTE, request)


def change_password(access_token: Secret[str], previous: Secret[str] | None, proposed: Secret[str]) -> Flow[None]:
    """Call ChangePassword."""
    request = operations.ChangePasswordRequest(
        access_token=as_member(access_token),
        previous_password=as_member(previous),
        proposed_password=as_member(proposed),
    )
    yield from call(operations.CHANGE_PASSWORD, request)


def auth_factors(access_token: Secret[str]) -> Flow[operations.GetUserAuthFactorsResponse]:
    """Call GetUserAuthFactors."""
    return (
        yield from call(
            operations.GET_USER_AUTH_FACTORS, operations.GetUserAuthFactorsRequest(access_token=as_member(access_token))
        )
    )


def delete(access_token: Secret[str]) -> Flow[None]:
    """Call DeleteUser."""
    yield from call(operations.DELETE_USER, operations.DeleteUserRequest(access_token=as_member(access_token)))
