"""The supported operations: unsigned ones, and ones signed with AWS credentials."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .accounts import confirmation, mfa_settings, profile, recovery, sign_up
from .admin import create_user, groups, list_users, providers, users
from .admin import devices as admin_devices
from .admin import sign_in as admin_sign_in
from .kms import decryption
from .management import clients, domains, identity_providers, mfa_config, pools, resource_servers, tags
from .sign_in import challenges, devices, initiate
from .state.service_state import ServiceState
from .tokens import refresh, revocation
from .wire.kms_shapes import KMS_SHAPES
from .wire.replies import Reply
from .wire.requests import Request
from .wire.shapes import SHAPES
from .wire.validation import Structure

Handler = Callable[[ServiceState, Request], Awaitable[Reply]]
# The last argument is the region for which the call is signed.
RegionalHandler = Callable[[ServiceState, Request, str], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its handler, the constraints of its input, and whether calls must be signed.

    Calls are signed for a region with pools, unless the operation works `in_any_region`.
    """

    handler: RegionalHandler
    shape: Structure
    signed: bool
    in_any_region: bool


@dataclass(frozen=True, slots=True)
class JsonService:
    """A service of AWS's JSON protocol. A call's header `X-Amz-Target` is `target`, a dot and the operation.

    `invalid` is its error for a request that does not fit the constraints.
    """

    target: str
    signing_name: str
    operations: Mapping[str, Operation]
    invalid: str = "InvalidParameterException"


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
    "DescribeUserPool": pools.describe_user_pool,
    "UpdateUserPool": pools.update_user_pool,
    "DeleteUserPool": pools.delete_user_pool,
    "AddCustomAttributes": pools.add_custom_attributes,
    "GetUserPoolMfaConfig": mfa_config.get_user_pool_mfa_config,
    "SetUserPoolMfaConfig": mfa_config.set_user_pool_mfa_config,
    "CreateUserPoolClient": clients.create_user_pool_client,
    "DescribeUserPoolClient": clients.describe_user_pool_client,
    "UpdateUserPoolClient": clients.update_user_pool_client,
    "DeleteUserPoolClient": clients.delete_user_pool_client,
    "ListUserPoolClients": clients.list_user_pool_clients,
    "CreateUserPoolDomain": domains.create_user_pool_domain,
    "DescribeUserPoolDomain": domains.describe_user_pool_domain,
    "UpdateUserPoolDomain": domains.update_user_pool_domain,
    "DeleteUserPoolDomain": domains.delete_user_pool_domain,
    "CreateResourceServer": resource_servers.create_resource_server,
    "DescribeResourceServer": resource_servers.describe_resource_server,
    "UpdateResourceServer": resource_servers.update_resource_server,
    "DeleteResourceServer": resource_servers.delete_resource_server,
    "ListResourceServers": resource_servers.list_resource_servers,
    "CreateIdentityProvider": identity_providers.create_identity_provider,
    "DescribeIdentityProvider": identity_providers.describe_identity_provider,
    "UpdateIdentityProvider": identity_providers.update_identity_provider,
    "DeleteIdentityProvider": identity_providers.delete_identity_provider,
    "ListIdentityProviders": identity_providers.list_identity_providers,
    "GetIdentityProviderByIdentifier": identity_providers.get_identity_provider_by_identifier,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
}
_REGIONAL: dict[str, RegionalHandler] = {
    "CreateUserPool": pools.create_user_pool,
    "ListUserPools": pools.list_user_pools,
}


def _in_known_region(handler: Handler) -> RegionalHandler:
    async def handle(state: ServiceState, request: Request, _: str) -> Reply:
        return await handler(state, request)

    return handle


def _operation(name: str) -> Operation:
    if name in _REGIONAL:
        return Operation(_REGIONAL[name], SHAPES[name], signed=True, in_any_region=True)
    signed = name in _SIGNED
    handler = _SIGNED[name] if signed else _UNSIGNED[name]
    return Operation(_in_known_region(handler), SHAPES[name], signed, in_any_region=False)


USER_POOLS = JsonService(
    "AWSCognitoIdentityProviderService",
    "cognito-idp",
    {name: _operation(name) for name in (*_UNSIGNED, *_SIGNED, *_REGIONAL)},
)


async def _decrypt(state: ServiceState, request: Request, region: str) -> Reply:
    return decryption.decrypt(state.kms_keys, request, region)


KMS = JsonService(
    "TrentService",
    "kms",
    {"Decrypt": Operation(_decrypt, KMS_SHAPES["Decrypt"], signed=True, in_any_region=False)},
    invalid="ValidationException",
)
SERVICES = {service.target: service for service in (USER_POOLS, KMS)}
