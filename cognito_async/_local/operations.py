"""The operations that there are: those that anybody may call, and those for who signs with a secret key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .accounts import mfa_settings, profile, recovery, sign_up
from .admin import create_user as admin_create
from .admin import devices as admin_devices
from .admin import groups, list_users, providers
from .admin import sign_in as admin_sign_in
from .admin import users as admin_users
from .sign_in import challenges, devices
from .sign_in import initiate as sign_in
from .state.service_state import ServiceState
from .tokens import sessions
from .wire.replies import Reply
from .wire.requests import Request

Handler = Callable[[ServiceState, Request], Awaitable[Reply]]

OPEN: dict[str, Handler] = {
    "SignUp": sign_up.sign_up,
    "ConfirmSignUp": sign_up.confirm_sign_up,
    "ResendConfirmationCode": sign_up.resend_confirmation_code,
    "InitiateAuth": sign_in.initiate_auth,
    "RespondToAuthChallenge": challenges.respond_to_auth_challenge,
    "GetTokensFromRefreshToken": sessions.get_tokens_from_refresh_token,
    "RevokeToken": sessions.revoke_token,
    "GlobalSignOut": sessions.global_sign_out,
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
SIGNED: dict[str, Handler] = {
    "AdminCreateUser": admin_create.admin_create_user,
    "AdminGetUser": admin_users.admin_get_user,
    "AdminConfirmSignUp": admin_users.admin_confirm_sign_up,
    "AdminDeleteUser": admin_users.admin_delete_user,
    "AdminSetUserPassword": admin_users.admin_set_user_password,
    "AdminResetUserPassword": admin_users.admin_reset_user_password,
    "AdminSetUserMFAPreference": admin_users.admin_set_user_mfa_preference,
    "AdminUpdateUserAttributes": admin_users.admin_update_user_attributes,
    "ListUsers": list_users.list_users,
    "AdminEnableUser": admin_users.admin_enable_user,
    "AdminDisableUser": admin_users.admin_disable_user,
    "AdminUserGlobalSignOut": admin_users.admin_user_global_sign_out,
    "AdminDeleteUserAttributes": admin_users.admin_delete_user_attributes,
    "AdminSetUserSettings": admin_users.admin_set_user_settings,
    "AdminGetUserAuthFactors": admin_users.admin_get_user_auth_factors,
    "AdminDeleteSoftwareToken": admin_users.admin_delete_software_token,
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
