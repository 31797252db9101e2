"""The supported operations: unsigned ones, and ones signed with AWS credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .accounts import confirmation, mfa_settings, profile, recovery, sign_up
from .admin import create_user, groups, list_users, providers, users
from .admin import devices as admin_devices
from .admin import sign_in as admin_sign_in
from .sign_in import challenges, devices, initiate
from .state.service_state import ServiceState
from .tokens import refresh, revocation
from .wire.replies import Reply
from .wire.requests import Request
from .wire.shapes import SHAPES
from .wire.validation import Structure

Handler = Callable[[ServiceState, Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its handler, the constraints of its input, and whether calls must be signed."""

    handler: Handler
    shape: Structure
    signed: bool


@dataclass(frozen=True, slots=True)
class JsonService:
    """A service of AWS's JSON protocol. A call's header `X-Amz-Target` is `target`, a dot and the operation."""

    target: str
    signing_name: str
    operations: Mapping[str, Operation]


_UNSIGNED: dict[str, Handler] = {
    "SignUp": sign_up.sign_up,
    "ConfirmSignUp": confirmation.confirm_sign_up,
    "ResendConfirmationCode": confirmation.resend_confirmation_code,
    "InitiateAuth": initiate.initiate_auth,
    "RespondToAuthChallenge": challenges.respond_to_auth_challenge,
    "GetTokensFromRefreshToken": refresh.get_tokens_from_refresh_token,
    "RevokeToken": revocation.revoke_token,
    "GlobalSignOut": revocation.global_sign_out,
    "ForgotPassword": recovery.forgot_password,
    "ConfirmForgotPassword": recovery.confirm_forgot_password,
    "ChangePassword": recovery.change_password,
    "GetUser": profile.get_user,
    "GetUserAuthFactors": profile.get_user_auth_factors,
    "UpdateUserAttributes": profile.update_user_attributes,
    "DeleteUserAttributes": profile.delete_user_attributes,
    "GetUserAttributeVerificationCode": profile.get_user_attribute_verification_code,
    "VerifyUserAttribute": profile.verify_user_attribute,
    "DeleteUser": profile.delete_user,
    "AssociateSoftwareToken": mfa_settings.associate_software_token,
    "VerifySoftwareToken": mfa_settings.verify_software_token,
    "SetUserMFAPreference": mfa_settings.set_user_mfa_preference,
    "SetUserSettings": mfa_settings.set_user_settings,
    "ConfirmDevice": devices.confirm_device,
    "GetDevice": devices.get_device,
    "ListDevices": devices.list_devices,
    "ForgetDevice": devices.forget_device,
    "UpdateDeviceStatus": devices.update_device_status,
}
_SIGNED: dict[str, Handler] = {
    "AdminCreateUser": create_user.admin_create_user,
    "AdminGetUser": users.admin_get_user,
    "AdminConfirmSignUp": users.admin_confirm_sign_up,
    "AdminDeleteUser": users.admin_delete_user,
    "AdminSetUserPassword": users.admin_set_user_password,
    "AdminResetUserPassword": users.admin_reset_user_password,
    "AdminSetUserMFAPreference": users.admin_set_user_mfa_preference,
    "AdminUpdateUserAttributes": users.admin_update_user_attributes,
    "ListUsers": list_users.list_users,
    "AdminEnableUser": users.admin_enable_user,
    "AdminDisableUser": users.admin_disable_user,
    "AdminUserGlobalSignOut": users.admin_user_global_sign_out,
    "AdminDeleteUserAttributes": users.admin_delete_user_attributes,
    "AdminSetUserSettings": users.admin_set_user_settings,
    "AdminGetUserAuthFactors": users.admin_get_user_auth_factors,
    "AdminDeleteSoftwareToken": users.admin_delete_software_token,
    "AdminLinkProviderForUser": providers.admin_link_provider_for_user,
    "AdminDisableProviderForUser": providers.admin_disable_provider_for_user,
    "AdminInitiateAuth": admin_sign_in.admin_initiate_auth,
    "AdminRespondToAuthChallenge": admin_sign_in.admin_respond_to_auth_challenge,
    "AdminListDevices": admin_devices.admin_list_devices,
    "AdminGetDevice": admin_devices.admin_get_device,
    "AdminForgetDevice": admin_devices.admin_forget_device,
    "AdminUpdateDeviceStatus": admin_devices.admin_update_device_status,
    "CreateGroup": groups.create_group,
    "GetGroup": groups.get_group,
    "UpdateGroup": groups.update_group,
    "DeleteGroup": groups.delete_group,
    "ListGroups": groups.list_groups,
    "ListUsersInGroup": groups.list_users_in_group,
    "AdminListGroupsForUser": groups.admin_list_groups_for_user,
    "AdminAddUserToGroup": groups.admin_add_user_to_group,
    "AdminRemoveUserFromGroup": groups.admin_remove_user_from_group,
}

USER_POOLS = JsonService(
    "AWSCognitoIdentityProviderService",
    "cognito-idp",
    {
        name: Operation(handler, SHAPES[name], signed=name in _SIGNED)
        for name, handler in {**_UNSIGNED, **_SIGNED}.items()
    },
)
SERVICES = {service.target: service for service in (USER_POOLS,)}
