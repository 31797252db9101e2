"""Devices in a sign-in: proving to be one that is remembered, and becoming one."""

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
from .protocol import Flow, call, paused, recall
from .requests import AuthReply
from .respond import respond

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

# What a list of the user's devices shows for those that this library has made.
_DEVICE_NAME = "cognito_async"
_WHAT_TO_DO = "sign in again without it, and the service asks for another factor"


def begin(sign_in: SignIn, challenge: PendingChallenge) -> Flow[AuthReply]:
    """DEVICE_SRP_AUTH: a handshake of its own, with the device group key in the place of the pool's name."""
    device = yield from _device(sign_in)
    srp = SrpClient(device.group_key)
    srp_a = yield from paused(srp.start_steps(), urgent=True)
    sign_in.device_handshake = srp
    return (yield from _respond(sign_in, challenge, device, {"SRP_A": srp_a}))


def answer(sign_in: SignIn, challenge: PendingChallenge) -> Flow[AuthReply]:
    """DEVICE_PASSWORD_VERIFIER: the proof, with the device key in the place of the user's name."""
    device = yield from _device(sign_in)
    password = Secret(device.password)
    claim = yield from prove(sign_in, challenge, sign_in.take_device_handshake(), device.key, password)
    return (yield from _respond(sign_in, challenge, device, claim))


def confirm(sign_in: SignIn, tokens: Tokens, offered: common.NewDeviceMetadataType | None) -> Flow[DeviceSecret | None]:
    """ConfirmDevice: become the device that the service offers. It may fail; the sign-in stands without it."""
    if offered is None or not offered.device_key or not offered.device_group_key:
        return None
    key, group_key, password = offered.device_key, offered.device_group_key, new_device_password()
    try:
        salt, verifier = yield from paused(verifier_steps(group_key, key, password), urgent=False)
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
    """Answer as this device; refused, it is forgotten, or it would stand in the way of every sign-in to come."""
    try:
        return (yield from respond(sign_in, challenge, {"DEVICE_KEY": device.key, **responses}))
    except (service.NotAuthorizedException, service.ResourceNotFoundException) as error:
        sign_in.stale_device, sign_in.device = device, None
        # As a type of its own: the service's is that of a wrong password, which another try with `device=` is not.
        message = f"the service does not take this program for the remembered device ({error.message}): {_WHAT_TO_DO}"
        raise convert_error(error, UnexpectedChallenge, message) from None


def _device(sign_in: SignIn) -> Flow[DeviceSecret]:
    """The device that this program is; it may have been named in an earlier call of the sign-in."""
    if sign_in.device is None and sign_in.stale_device is None:
        sign_in.device = yield from recall(sign_in.username)
    if sign_in.device is None:
        raise UnexpectedChallenge(
            f"the service asks this program to prove to be a remembered device whose secret is not here: {_WHAT_TO_DO}"
        )
    return sign_in.device
