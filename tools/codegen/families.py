"""The operations to generate, by families. To add one, add its name to a family and run the generator.

Each family becomes a separate module, because importing models takes time: a sign-in must not
import the operations that manage pools.
"""

from __future__ import annotations

USER_POOLS: dict[str, tuple[str, ...]] = {
    "sign_up": ("SignUp", "ConfirmSignUp", "ResendConfirmationCode"),
    "sign_in": (
        "InitiateAuth",
        "RespondToAuthChallenge",
        "GetTokensFromRefreshToken",
        "RevokeToken",
        "GlobalSignOut",
    ),
    "recovery": ("ForgotPassword", "ConfirmForgotPassword"),
    "profile": (
        "GetUser",
        "DeleteUser",
        "ChangePassword",
        "UpdateUserAttributes",
        "DeleteUserAttributes",
        "GetUserAttributeVerificationCode",
        "VerifyUserAttribute",
        "GetUserAuthFactors",
    ),
    "mfa": ("AssociateSoftwareToken", "VerifySoftwareToken", "SetUserMFAPreference", "SetUserSettings"),
    "devices": ("ConfirmDevice", "ListDevices", "GetDevice", "ForgetDevice", "UpdateDeviceStatus"),
    "passkeys": (
        "StartWebAuthnRegistration",
        "CompleteWebAuthnRegistration",
        "ListWebAuthnCredentials",
        "DeleteWebAuthnCredential",
    ),
    "derived_tokens": ("GetClientToken", "GetDerivedToken"),
    "sessions": (
        "ListUserSessions",
        "RevokeUserSession",
        "AdminListUserSessions",
        "AdminRevokeUserSession",
        "GetUserPoolSessionConfiguration",
        "SetUserPoolSessionConfiguration",
        "GetUserPoolClientSessionConfiguration",
        "SetUserPoolClientSessionConfiguration",
    ),
    "admin_users": (
        "AdminCreateUser",
        "AdminGetUser",
        "AdminConfirmSignUp",
        "AdminDeleteUser",
        "AdminEnableUser",
        "AdminDisableUser",
        "AdminUpdateUserAttributes",
        "AdminDeleteUserAttributes",
        "AdminSetUserPassword",
        "AdminResetUserPassword",
        "AdminUserGlobalSignOut",
        "AdminLinkProviderForUser",
        "AdminDisableProviderForUser",
        "ListUsers",
    ),
    "admin_sign_in": ("AdminInitiateAuth", "AdminRespondToAuthChallenge"),
    "admin_mfa": (
        "AdminSetUserMFAPreference",
        "AdminDeleteSoftwareToken",
        "AdminGetUserAuthFactors",
        "AdminSetUserSettings",
    ),
    "admin_devices": ("AdminListDevices", "AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"),
    "groups": (
        "CreateGroup",
        "UpdateGroup",
        "DeleteGroup",
        "GetGroup",
        "ListGroups",
        "AdminAddUserToGroup",
        "AdminRemoveUserFromGroup",
        "AdminListGroupsForUser",
        "ListUsersInGroup",
    ),
    "user_imports": (
        "GetCSVHeader",
        "CreateUserImportJob",
        "DescribeUserImportJob",
        "ListUserImportJobs",
        "StartUserImportJob",
        "StopUserImportJob",
    ),
    "threat_protection": (
        "AdminListUserAuthEvents",
        "AdminUpdateAuthEventFeedback",
        "UpdateAuthEventFeedback",
        "DescribeRiskConfiguration",
        "SetRiskConfiguration",
        "GetLogDeliveryConfiguration",
        "SetLogDeliveryConfiguration",
    ),
    "user_pools": (
        "CreateUserPool",
        "UpdateUserPool",
        "DeleteUserPool",
        "DescribeUserPool",
        "ListUserPools",
        "AddCustomAttributes",
        "GetUserPoolMfaConfig",
        "SetUserPoolMfaConfig",
        "GetSigningCertificate",
    ),
    "replicas": (
        "CreateUserPoolReplica",
        "UpdateUserPoolReplica",
        "DeleteUserPoolReplica",
        "ListUserPoolReplicas",
    ),
    "point_in_time_recovery": (
        "InitiatePointInTimeRecovery",
        "StartPointInTimeRecovery",
        "CancelPointInTimeRecovery",
        "DescribePointInTimeRecovery",
        "ListPointInTimeRecoveries",
    ),
    "limits": ("GetProvisionedLimit", "UpdateProvisionedLimit"),
    "tagging": ("TagResource", "UntagResource", "ListTagsForResource"),
    "app_clients": (
        "CreateUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
        "DescribeUserPoolClient",
        "ListUserPoolClients",
        "AddUserPoolClientSecret",
        "DeleteUserPoolClientSecret",
        "ListUserPoolClientSecrets",
    ),
    "cimd_policies": (
        "CreateCIMDPolicy",
        "UpdateCIMDPolicy",
        "DeleteCIMDPolicy",
        "DescribeCIMDPolicy",
        "ListCIMDPolicies",
        "ListClientMetadataURLs",
        "UpdateClientMetadataURLState",
    ),
    "identity_providers": (
        "CreateIdentityProvider",
        "UpdateIdentityProvider",
        "DeleteIdentityProvider",
        "DescribeIdentityProvider",
        "GetIdentityProviderByIdentifier",
        "ListIdentityProviders",
    ),
    "resource_servers": (
        "CreateResourceServer",
        "UpdateResourceServer",
        "DeleteResourceServer",
        "DescribeResourceServer",
        "ListResourceServers",
    ),
    "managed_login": (
        "CreateUserPoolDomain",
        "UpdateUserPoolDomain",
        "DeleteUserPoolDomain",
        "DescribeUserPoolDomain",
        "CreateManagedLoginBranding",
        "UpdateManagedLoginBranding",
        "DeleteManagedLoginBranding",
        "DescribeManagedLoginBranding",
        "DescribeManagedLoginBrandingByClient",
        "GetUICustomization",
        "SetUICustomization",
        "CreateTerms",
        "UpdateTerms",
        "DeleteTerms",
        "DescribeTerms",
        "DescribeTermsByClient",
        "ListTerms",
    ),
}

IDENTITY_POOLS: dict[str, tuple[str, ...]] = {
    "identities": ("GetId", "GetCredentialsForIdentity", "GetOpenIdToken", "UnlinkIdentity"),
    "developer_identities": (
        "GetOpenIdTokenForDeveloperIdentity",
        "LookupDeveloperIdentity",
        "MergeDeveloperIdentities",
        "UnlinkDeveloperIdentity",
    ),
    "identity_pools": (
        "CreateIdentityPool",
        "UpdateIdentityPool",
        "DeleteIdentityPool",
        "DescribeIdentityPool",
        "ListIdentityPools",
        "ListIdentities",
        "DescribeIdentity",
        "DeleteIdentities",
        "GetIdentityPoolRoles",
        "SetIdentityPoolRoles",
        "GetPrincipalTagAttributeMap",
        "SetPrincipalTagAttributeMap",
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
    ),
}

# The keys are the names of the services in hosts and signatures.
FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {"cognito-idp": USER_POOLS, "cognito-identity": IDENTITY_POOLS}

# A structure that more than one family uses is in the shared module `common`. These are always in it, even if only one
# family uses them, so that a new family does not move them there.
SHARED = frozenset({"AuthenticationResultType", "CodeDeliveryDetailsType"})

# Operations that are not signed according to AWS's documentation, although the model does not say so.
UNSIGNED = frozenset({"GetClientToken"})

# Members that hold secrets although the model does not flag their shapes as sensitive: strings, by a pattern of their
# names ...
SECRET_TEXT = (
    r"Session|Token|(Access|Id|Refresh|Session|Subject|Actor|Issued)Token"
    r"|\w*Password\w*|\w*Secret\w*|(Confirmation|User|Secret)?Code|EncodedData"
)
# ... and structures, maps and lists, by their names. Any value in them may be a secret.
SECRET_CONTAINERS = frozenset(
    {"AuthParameters", "ChallengeResponses", "ChallengeParameters", "ClientMetadata", "Logins", "ValidationData"}
)
