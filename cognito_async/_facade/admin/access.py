"""An administrator's calls about access: sign-in, devices, second factors, and identity providers."""

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
from ..sign_in.starting import check_device, check_preferred, start
from ..user.mfa import check_choices
from .calls import AdminArguments, AdminCalls


class AccessCalls(AdminCalls):
    """The calls of `UserPoolAdmin` about sign-in, devices, second factors and identity providers."""

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
        """Sign a user in from a server, with a request that is signed with AWS credentials.

        An app client can allow the password flow in these requests only. The challenges, and all other arguments and
        errors, are those of `UserPool.sign_in`. Answers to the challenges are signed too. This call takes no
        `user_context`.

        Args:
            flow: as for `UserPool.sign_in`. `"USER_PASSWORD_AUTH"` is sent as ADMIN_USER_PASSWORD_AUTH.

        Raises:
            NotAuthorizedException: if the username or password is wrong, or after too many attempts.
            InvalidParameterException: if the app client does not allow the flow.

        Source: AdminInitiateAuth and AdminRespondToAuthChallenge.
        """
        password = mask(password)
        secret = None if password is None else checks.secret(password, "password")
        if flow != "USER_AUTH" and preferred_challenge is not None:
            raise ConfigurationError('preferred_challenge needs flow="USER_AUTH"')
        return await run_sign_in(
            self._sign_in_context(check_device(device, self._client), checks.text(username, "username")),
            start(flow, secret, check_preferred(preferred_challenge, secret), {}),
            CallOptions(client_metadata, None, timeout),
            on_challenge,
        )

    def resume(self, state: str, key: str | bytes | None = None, *, device: DeviceSecret | None = None) -> AnyChallenge:
        """Return a challenge of `sign_in` from the string that `challenge.to_state(key)` returned.

        Its answers are signed with AWS credentials. The state does not contain the `device`: pass it again.

        Raises:
            ConfigurationError: if the state is damaged, or was made with another key, user pool or app client.
        """
        state, key = mask(state), mask(key)
        return self._sign_in_context(check_device(device, self._client)).resume(Secret.of(state), Secret.maybe(key))

    async def devices(self, username: str, **call: Unpack[AdminArguments]) -> list[results.Device]:
        """Return all devices of a user.

        Source: AdminListDevices, all pages.
        """
        found = self._list(
            lambda api: api.items(api.admin_list_devices, username=username, **call), lambda: results.device
        )
        return [each async for each in found]

    async def device(self, username: str, key: str, **call: Unpack[AdminArguments]) -> results.Device:
        """Return one device of a user.

        Raises:
            ResourceNotFoundException: if the user has no device with this key.

        Source: AdminGetDevice.
        """
        reply = await self._call(lambda api: api.admin_get_device(username=username, device_key=key, **call))
        return results.device(reply.device or common.DeviceType())

    async def remember_device(
        self, username: str, key: str, *, remembered: bool = True, **call: Unpack[AdminArguments]
    ) -> None:
        """Remember a device, or stop remembering it. A remembered device can replace the second factor.

        Source: AdminUpdateDeviceStatus.
        """
        if not isinstance(remembered, bool):
            raise ConfigurationError("remembered must be a bool")
        status = "remembered" if remembered else "not_remembered"
        await self._call(
            lambda api: api.admin_update_device_status(
                username=username, device_key=key, device_remembered_status=status, **call
            )
        )

    async def forget_device(self, username: str, key: str, **call: Unpack[AdminArguments]) -> None:
        """Remove a device from the pool. Sessions on that device can no longer be refreshed.

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
        """Enable or disable a user's second factors. Factors that you do not pass stay unchanged.

        The arguments `sms`, `totp` and `email` are those of `CognitoUser.set_mfa_preference`.

        Raises:
            InvalidParameterException: if a factor needs something that the user lacks, such as a phone number.

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
        """Link a user of an identity provider to a user of the pool, who can then sign in through that provider too.

        Args:
            username: the user of the pool.
            provider: the provider's name in the pool, such as `"Google"`.
            value: the value that identifies the user at the provider, such as the `sub` claim.
            attribute: the provider's attribute that has this value. The default, `Cognito_Subject`, means the
                provider's own user id.

        Raises:
            InvalidParameterException: if the provider's user has signed in to this pool before, or is linked already.

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
        """Remove a link that `link_provider` made. The arguments are the same, without `username`.

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
