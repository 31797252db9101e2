"""The start of a sign-in: checks of its arguments, and its first step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..._client.pool_client import PoolClient
from ..._core import checks
from ..._core.errors import ConfigurationError
from ..._core.secret import Secret, Texts
from ..._flows import sign_in as flows
from ..._flows.context import SignIn
from ..._flows.protocol import Flow, Outcome
from ..._tokens.device import DeviceSecret


def start(
    flow: str, secret: Secret[str] | None, preferred: str | None, step_up: Texts
) -> Callable[[SignIn], Flow[Outcome]]:
    """Return the first step of a sign-in, chosen by the name of the flow."""
    match checks.text(flow, "flow"), secret:
        case "USER_SRP_AUTH", Secret() as password:
            return lambda sign_in: flows.with_srp(sign_in, password)
        case "USER_PASSWORD_AUTH", Secret() as password:
            return lambda sign_in: flows.with_password(sign_in, password)
        case "CUSTOM_AUTH", _:
            return lambda sign_in: flows.with_custom_challenges(sign_in, secret)
        case "USER_AUTH", _:
            return lambda sign_in: flows.with_choice(sign_in, preferred, secret, step_up)
        case ("USER_SRP_AUTH" | "USER_PASSWORD_AUTH") as given, _:
            raise ConfigurationError(f"password must be given, because {given} starts with it")
        case _:
            raise ConfigurationError('flow must be "USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH" or "USER_AUTH"')


def check_preferred(preferred: Any, secret: Secret[str] | None) -> str | None:
    """Check `preferred_challenge` together with the password, and return it."""
    if preferred is None:
        return None
    name = checks.text(preferred, "preferred_challenge")
    if secret is not None and name not in ("PASSWORD", "PASSWORD_SRP"):
        raise ConfigurationError(
            'with a password, preferred_challenge must be "PASSWORD_SRP" or "PASSWORD", or not be given'
        )
    if secret is None and name in ("PASSWORD", "PASSWORD_SRP"):
        raise ConfigurationError(f"password must be given, because {name} starts with it")
    return name


def step_up_parameters(target_acr_values: Any, max_age: Any) -> dict[str, str]:
    """Check the levels of authentication to reach, and return them as `AuthParameters`."""
    whole: Any = target_acr_values  # keeps `Any`: the checks would narrow the type
    if isinstance(target_acr_values, str) or not isinstance(target_acr_values, Sequence):
        raise ConfigurationError("target_acr_values must be a list of str")
    levels = [checks.text(each, "a level in target_acr_values") for each in whole]
    if max_age is not None and (isinstance(max_age, bool) or not isinstance(max_age, int) or max_age < 0):
        raise ConfigurationError("max_age must be an integer of seconds, at least 0")
    return {
        **({"TARGET_ACR_VALUES": " ".join(levels)} if levels else {}),
        **({"MAX_AGE": str(max_age)} if max_age is not None else {}),
    }


def check_device(device: Any, client: PoolClient) -> DeviceSecret | None:
    """Check the `device` argument, and return it."""
    if device is None:
        return None
    if not isinstance(device, DeviceSecret):
        raise ConfigurationError("device must be a DeviceSecret: the user.device_secret of an earlier sign-in")
    if not device.belongs_to(client.app_client.binding):
        raise ConfigurationError("device belongs to another user pool or app client")
    return device
