"""THE table of the service's request quotas: the category of each operation, and the rate of each category.

Rates are requests per second, the defaults of an AWS account in one region, for all its user pools together. The
categories and their `known` operations are those of the developer guide ("Quotas in Amazon Cognito"), as far as the
available copies of the guide list them. The guide does not name the `likely` operations: each is in the category of the
most similar operation, or, if two are possible, in the one with the lower rate. If an operation is in a wrong category,
calls wait without need, or the service throttles one, which lowers the rate.

The table leaves out the quotas per user (10 reads and 10 writes per second) and per pool (5 requests of a kind per
second, for the resources of a pool or an app client). If the service throttles a call because of these, the rate of the
operation's category is lowered too.
"""

from __future__ import annotations

from .._core.value_class import value_class

# Answers to challenges have a separate quota, CHALLENGES_FOR_EACH times that of sign-ins.
# (The service counts further answers as sign-ins. This package delays them instead.)
AUTHENTICATION = "UserAuthentication"
CHALLENGES = "UserAuthentication, answers to challenges"
CHALLENGES_FOR_EACH = 3


@value_class
class Category:
    """One category of operations that share a quota: `rate` requests per second.

    `known` and `likely` are names of operations, separated by spaces.
    """

    rate: float
    known: str
    likely: str = ""

    def operations(self) -> list[str]:
        """Return all operations of this category."""
        return f"{self.known} {self.likely}".split()


CATEGORIES = {
    AUTHENTICATION: Category(
        120,
        known="InitiateAuth AdminInitiateAuth GetTokensFromRefreshToken",
        likely="GetDerivedToken",
    ),
    CHALLENGES: Category(120 * CHALLENGES_FOR_EACH, known="RespondToAuthChallenge AdminRespondToAuthChallenge"),
    "UserCreation": Category(50, known="SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp"),
    "UserAccountRecovery": Category(
        30,
        known="ForgotPassword ConfirmForgotPassword ChangePassword AdminSetUserPassword",
        likely="AdminResetUserPassword",
    ),
    "UserRead": Category(120, known="GetUser AdminGetUser"),
    "UserUpdate": Category(
        25,
        known=(
            "UpdateUserAttributes AdminUpdateUserAttributes GlobalSignOut AdminUserGlobalSignOut AdminDeleteUser "
            "AdminDisableUser AdminEnableUser AdminAddUserToGroup AdminRemoveUserFromGroup AdminLinkProviderForUser"
        ),
        likely=(
            "DeleteUser DeleteUserAttributes AdminDeleteUserAttributes AdminDisableProviderForUser "
            "VerifyUserAttribute GetUserAttributeVerificationCode ResendConfirmationCode"
        ),
    ),
    "UserToken": Category(120, known="RevokeToken"),
    "UserResourceRead": Category(
        50,
        known="AdminListGroupsForUser GetDevice ListDevices",
        likely=(
            "AdminGetDevice AdminListDevices AdminListUserAuthEvents ListWebAuthnCredentials "
            "GetUserAuthFactors AdminGetUserAuthFactors ListUserSessions AdminListUserSessions"
        ),
    ),
    "UserResourceUpdate": Category(
        25,
        known="SetUserMFAPreference AssociateSoftwareToken VerifySoftwareToken ConfirmDevice",
        likely=(
            "AdminSetUserMFAPreference SetUserSettings AdminSetUserSettings AdminDeleteSoftwareToken "
            "ForgetDevice AdminForgetDevice UpdateDeviceStatus AdminUpdateDeviceStatus "
            "StartWebAuthnRegistration CompleteWebAuthnRegistration DeleteWebAuthnCredential "
            "UpdateAuthEventFeedback AdminUpdateAuthEventFeedback RevokeUserSession AdminRevokeUserSession"
        ),
    ),
    "UserList": Category(30, known="ListUsers ListUsersInGroup"),
    "UserPoolRead": Category(
        15,
        known="DescribeUserPool ListUserPools",
        likely="ListUserPoolReplicas DescribePointInTimeRecovery ListPointInTimeRecoveries",
    ),
    "UserPoolUpdate": Category(
        15,
        known="CreateUserPool UpdateUserPool DeleteUserPool",
        likely=(
            "CreateUserPoolReplica UpdateUserPoolReplica DeleteUserPoolReplica "
            "InitiatePointInTimeRecovery StartPointInTimeRecovery CancelPointInTimeRecovery"
        ),
    ),
    "UserPoolResourceRead": Category(
        20,
        known=(
            "GetGroup ListGroups DescribeResourceServer ListResourceServers DescribeIdentityProvider "
            "GetIdentityProviderByIdentifier ListIdentityProviders DescribeUserPoolDomain"
        ),
        likely=(
            "DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient DescribeRiskConfiguration "
            "DescribeTerms DescribeTermsByClient ListTerms DescribeUserImportJob ListUserImportJobs GetCSVHeader "
            "GetLogDeliveryConfiguration GetSigningCertificate GetUICustomization GetUserPoolMfaConfig "
            "GetUserPoolSessionConfiguration ListTagsForResource"
        ),
    ),
    "UserPoolResourceUpdate": Category(
        15,
        known=(
            "CreateGroup UpdateGroup DeleteGroup CreateResourceServer UpdateResourceServer DeleteResourceServer "
            "CreateIdentityProvider UpdateIdentityProvider DeleteIdentityProvider "
            "CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain"
        ),
        likely=(
            "AddCustomAttributes CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding "
            "CreateTerms UpdateTerms DeleteTerms CreateUserImportJob StartUserImportJob StopUserImportJob "
            "SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization SetUserPoolMfaConfig "
            "SetUserPoolSessionConfiguration TagResource UntagResource"
        ),
    ),
    "UserPoolClientRead": Category(
        15,
        known="DescribeUserPoolClient ListUserPoolClients",
        likely=(
            "ListUserPoolClientSecrets GetUserPoolClientSessionConfiguration "
            "DescribeCIMDPolicy ListCIMDPolicies ListClientMetadataURLs"
        ),
    ),
    "UserPoolClientUpdate": Category(
        15,
        known="CreateUserPoolClient UpdateUserPoolClient DeleteUserPoolClient",
        likely=(
            "AddUserPoolClientSecret DeleteUserPoolClientSecret SetUserPoolClientSessionConfiguration "
            "CreateCIMDPolicy UpdateCIMDPolicy DeleteCIMDPolicy UpdateClientMetadataURLState"
        ),
    ),
    "ClientAuthentication": Category(150, known="", likely="GetClientToken"),
    # This category and its rate are known only from a secondary source.
    "LimitManagement": Category(1, known="", likely="GetProvisionedLimit UpdateProvisionedLimit"),
}

CATEGORY_OF = {operation: name for name, category in CATEGORIES.items() for operation in category.operations()}
