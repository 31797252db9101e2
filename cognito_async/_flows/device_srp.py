"""Devices in a sign-in: prove to be a remembered one, and register a new one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .._aws._generated import common
from .._aws._generated import devices as operations
from .._aws._generated import errors as service
from .._core.errors import CognitoError, UnexpectedChallenge, convert_error
from .._core.secret import Secret, Texts, as_member
from .._crypto.device import new_device_password, verifier_steps
from .._crypto.srp import SrpClient
from .._tokens.bearer import access_token
from .._tokens.claims import text_claim
from .._tokens.device import DeviceSecret
from .context import PendingChallenge, SignIn
from .password_proof import prove
from .protocol import Flow, call, with_pauses
from .requests import AuthReply
from .respond import is_about_session, known_device, respond

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# The name that a list of the user's devices shows for devices registered by this library.
_DEVICE_NAME = "cognito_async"
_WHAT_TO_DO = "sign in again without it, and the service asks for another factor"


def begin(sign_in: SignIn, challenge: PendingChallenge) -> Flow[AuthReply]:
    """Answer DEVICE_SRP_AUTH: start a separate handshake, with the device group key instead of the pool's name."""
    device = yield from _known_device(sign_in)
    srp = SrpClient(device.group_key)
    srp_a = yield from with_pauses(srp.start_steps(), urgent=True)
    sign_in.device_handshake = srp
    return (yield from _respond(sign_in, challenge, device, {"SRP_A": srp_a}))


def answer(sign_in: SignIn, challenge: PendingChallenge) -> Flow[AuthReply]:
    """Answer DEVICE_PASSWORD_VERIFIER: prove the device password, with the device key instead of the username."""
    device = yield from _known_device(sign_in)
    password = Secret(device.password)
    claim = yield from prove(sign_in, challenge, sign_in.take_device_handshake(), device.key, password)
    return (yield from _respond(sign_in, challenge, device, claim))


def confirm(sign_in: SignIn, tokens: Tokens, offered: common.NewDeviceMetadataType | None) -> Flow[DeviceSecret | None]:
    """Call ConfirmDevice to register this program as the device that the service offers.

    Return `None` if the service offers none, or the call fails: the sign-in is complete without a device.
    """
    if offered is None or not offered.device_key or not offered.device_group_key:
        return None
    key, group_key, password = offered.device_key, offered.device_group_key, new_device_password()
    try:
        salt, verifier = yield from with_pauses(verifier_steps(group_key, key, password), urgent=False)
        request = operations.ConfirmDeviceRequest(
            access_token=as_member(access_token(tokens)),
            device_key=key,
            device_name=_DEVICE_NAME,
            device_secret_verifier_config=operations.DeviceSecretVerifierConfigType(
                salt=base64.b64encode(salt).decode(), password_verifier=base64.b64encode(verifier.reveal()).decode()
            ),
        )
        reply = yield from call(operations.CONFIRM_DEVICE, request)
    except CognitoError:
        return None
    username = text_claim(tokens, "username") or sign_in.username
    necessary = bool(reply.user_confirmation_necessary)
    binding = sign_in.client.binding
    secret = as_member(password)
    return DeviceSecret(binding, username, key, group_key, secret, user_confirmation_necessary=necessary)


def _respond(sign_in: SignIn, challenge: PendingChallenge, device: DeviceSecret, responses: Texts) -> Flow[AuthReply]:
    """Answer as this device. If the service refuses the proof, note this, so that the caller forgets the device.

    Otherwise every later sign-in would fail.
    """
    try:
        return (yield from respond(sign_in, challenge, {"DEVICE_KEY": device.key, **responses}))
    except (service.NotAuthorizedException, service.ResourceNotFoundException) as error:
        if is_about_session(error):
            raise
        sign_in.disproved, sign_in.device = device, None
        sign_in.refused.add(device.key)
        # Raise another type, because a wrong password has the service's type: the caller must retry without `device=`,
        # not with another password.
        message = f"the service rejected this program as the remembered device ({error.message}): {_WHAT_TO_DO}"
        raise convert_error(error, UnexpectedChallenge, message) from None


def _known_device(sign_in: SignIn) -> Flow[DeviceSecret]:
    """Return the device as which the pool remembers this program. Look it up unless an earlier call has.

    Raises:
        UnexpectedChallenge: if this program has no device secret for the user.
    """
    if sign_in.device is None:
        sign_in.device = yield from known_device(sign_in)
    if sign_in.device is None:
        raise UnexpectedChallenge(
            f"the service asks for the proof of a remembered device, whose secret this program lacks: {_WHAT_TO_DO}"
        )
    return sign_in.device
