"""How users get in, as an administrator sees it: sign-ins for them, devices, second factors, other providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from ..._aws._generated import admin_users, common
from ..._client.call_options import CallOptions
from ..._core import checks
from ..._core.checks import NOT_GIVEN, NotGiven
from ..._core.errors import ConfigurationError
from ..._core.redact import mask
from ..._core.secret import Secret
from ..._flows.mfa import CHOICES, Choice
from ..._flows.sign_in import SignInFlow
from ..._tokens.device import DeviceSecret
from .. import results
from ..sign_in import results as sign_in_results
from ..sign_in.context import SignInContext
from ..sign_in.kinds import AnyChallenge
from ..sign_in.running import OnChallenge, run_sign_in
from ..sign_in.starting import checked_device, preferred_of, start
from ..user.mfa import check_choices
from .calls import AdminArguments, AdminCalls


class AccessCalls(AdminCalls):
    """The calls of `UserPoolAdmin` that concern how users get in."""

    async def sign_in(
        self,
        username: str,
        password: str | None = None,
        *,
        flow: SignInFlow = "USER_SRP_AUTH",
        preferred_challenge: str | None = None,
        device: DeviceSecret | None = None,
        on_challenge: OnChallenge | None = None,
        client_metadata: Mapping[str, str] | None = None,
        timeout: float | None | NotGiven = NOT_GIVEN,
    ) -> sign_in_results.SignInResult:
        """Sign a user in from a server, where the app client allows it to administrators alone.

        The other arguments, the challenges and the other errors are those of `UserPool.sign_in`. Answers to challenges
        are signed too. The service takes no `user_context` for this call.

        Args:
            flow: `"USER_PASSWORD_AUTH"` is sent as ADMIN_USER_PASSWORD_AUTH.

        Raises:
            NotAuthorizedException: wrong user name or password, or too many attempts.
            InvalidParameterException: the app client does not allow the flow.

        Source: AdminInitiateAuth and AdminRespondToAuthChallenge.
        """
        password = mask(password)
        secret = None if password is None else checks.secret(password, "password")
        if flow != "USER_AUTH" and preferred_challenge is not None:
            raise ConfigurationError('preferred_challenge is for flow="USER_AUTH"')
        return await run_sign_in(
            self._sign_in_context(checked_device(device, self._client), checks.text(username, "username")),
            start(flow, secret, preferred_of(preferred_challenge, secret), {}),
            CallOptions(client_metadata, None, timeout),
            on_challenge,
        )

    def resume(self, state: str, key: str | bytes | None = None, *, device: DeviceSecret | None = None) -> AnyChallenge:
        """A challenge of `sign_in` from `challenge.to_state(key)`, to answer it here, signed.

        Raises:
            ConfigurationError: when the state is damaged, or belongs to another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._sign_in_context(checked_device(device, self._client)).resumed(Secret.of(state), Secret.maybe(key))

    async def devices(self, username: str, **call: Unpack[AdminArguments]) -> list[results.Device]:
        """All devices that the pool knows of a user.

        Source: AdminListDevices, all pages.
        """
        found = self._list(
            lambda api: api.items(api.admin_list_devices, username=username, **call), lambda: results.device
        )
        return [each async for each in found]

    async def device(self, username: str, key: str, **call: Unpack[AdminArguments]) -> results.Device:
        """One device of a user.

        Raises:
            ResourceNotFoundException: there is no such device.

        Source: AdminGetDevice.
        """
        reply = await self._call(lambda api: api.admin_get_device(username=username, device_key=key, **call))
        return results.device(reply.device or common.DeviceType())

    async def remember_device(
        self, username: str, key: str, *, remembered: bool = True, **call: Unpack[AdminArguments]
    ) -> None:
        """Have a device remembered, so that it stands for the second factor; or not any more.

        Source: AdminUpdateDeviceStatus.
        """
        if not isinstance(remembered, bool):
            raise ConfigurationError("remembered is true or false")
        status = "remembered" if remembered else "not_remembered"
        await self._call(
            lambda api: api.admin_update_device_status(
                username=username, device_key=key, device_remembered_status=status, **call
            )
        )

    async def forget_device(self, username: str, key: str, **call: Unpack[AdminArguments]) -> None:
        """Have the pool forget a device, whose sessions cannot be renewed then.

        Source: AdminForgetDevice.
        """
        await self._call(lambda api: api.admin_forget_device(username=username, device_key=key, **call))

    async def set_mfa_preference(
        self,
        username: str,
        *,
        sms: Choice | None = None,
        totp: Choice | None = None,
        email: Choice | None = None,
        **call: Unpack[AdminArguments],
    ) -> None:
        """Switch a user's second factors on and off; what is not named stays as it is.

        Args: as those of `CognitoUser.set_mfa_preference`.

        Raises:
            InvalidParameterException: the user lacks what a factor needs.

        Source: AdminSetUserMFAPreference.
        """
        check_choices(sms, totp, email)
        await self._call(
            lambda api: api.admin_set_user_mfa_preference(
                username=username,
                sms_mfa_settings=None if sms is None else common.SMSMfaSettingsType(**CHOICES[sms]),
                software_token_mfa_settings=None
                if totp is None
                else common.SoftwareTokenMfaSettingsType(**CHOICES[totp]),
                email_mfa_settings=None if email is None else common.EmailMfaSettingsType(**CHOICES[email]),
                **call,
            )
        )

    async def link_provider(
        self,
        username: str,
        provider: str,
        value: str,
        *,
        attribute: str = "Cognito_Subject",
        **call: Unpack[AdminArguments],
    ) -> None:
        """Let a user of the pool sign in by another provider too, from the next time on.

        Args:
            provider: its name in the pool, such as `"Google"`.
            value: what the provider says of this user, such as its `sub`.
            attribute: of the provider, which holds that; `Cognito_Subject` is what it calls its users by.

        Raises:
            InvalidParameterException: that user of the provider has signed in here already, or is linked.

        Source: AdminLinkProviderForUser.
        """
        await self._call(
            lambda api: api.admin_link_provider_for_user(
                destination_user=admin_users.ProviderUserIdentifierType(
                    provider_name="Cognito", provider_attribute_value=username
                ),
                source_user=admin_users.ProviderUserIdentifierType(
                    provider_name=provider, provider_attribute_name=attribute, provider_attribute_value=value
                ),
                **call,
            )
        )

    async def unlink_provider(
        self, provider: str, value: str, *, attribute: str = "Cognito_Subject", **call: Unpack[AdminArguments]
    ) -> None:
        """End what `link_provider` began.

        Source: AdminDisableProviderForUser.
        """
        await self._call(
            lambda api: api.admin_disable_provider_for_user(
                user=admin_users.ProviderUserIdentifierType(
                    provider_name=provider, provider_attribute_name=attribute, provider_attribute_value=value
                ),
                **call,
            )
        )

    def _sign_in_context(self, device: DeviceSecret | None = None, typed: str | None = None) -> SignInContext:
        return SignInContext(self._users, None, device, typed, by_admin=True)
