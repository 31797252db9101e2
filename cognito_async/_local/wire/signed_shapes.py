"""The constraints of the signed requests, in the form of `shapes`."""

from __future__ import annotations

from .shape_parts import (
    ANALYTICS,
    ARN,
    ATTRIBUTE_NAME,
    ATTRIBUTES,
    CHALLENGES,
    CLIENT_ID,
    DEVICE_KEY,
    DEVICE_STATUS,
    FLOWS,
    LONG_PAGE_TOKEN,
    METADATA,
    MFA,
    MFA_OPTIONS,
    NEW_USERS_PASSWORD,
    PAGE_LIMIT,
    PAGE_TOKEN,
    PARAMETERS,
    PASSWORD,
    POOL_ID,
    PROVIDER_NAME,
    SESSION,
    STRING,
    USERNAME,
    WEBAUTHN,
    WORDS,
    request,
)
from .validation import Flag, Listing, Shape, Structure, Text, Whole

_USER = request("UserPoolId Username", UserPoolId=POOL_ID, Username=USERNAME)
_USER_AND_METADATA = request("UserPoolId Username", **_USER.members, ClientMetadata=METADATA)
_DEVICE = request("UserPoolId Username DeviceKey", **_USER.members, DeviceKey=DEVICE_KEY)
_GROUP_NAME = Text(1, 128, WORDS, categories="LMSNP")
_GROUP = request("GroupName UserPoolId", GroupName=_GROUP_NAME, UserPoolId=POOL_ID)
_GROUP_WITH_ALL = request(
    "GroupName UserPoolId", **_GROUP.members, Description=Text(0, 2048), RoleArn=ARN, Precedence=Whole(0)
)
_USER_AND_GROUP = request("UserPoolId Username GroupName", **_USER.members, GroupName=_GROUP_NAME)
_PAGE: dict[str, Shape] = {"Limit": PAGE_LIMIT, "NextToken": LONG_PAGE_TOKEN}
_PROVIDER = Structure(
    {
        "ProviderName": PROVIDER_NAME,
        "ProviderAttributeName": STRING,
        "ProviderAttributeValue": STRING,
    }
)
_CONTEXT = request(
    "IpAddress ServerName ServerPath HttpHeaders",
    IpAddress=STRING,
    ServerName=STRING,
    ServerPath=STRING,
    HttpHeaders=Listing(Structure({"headerName": STRING, "headerValue": STRING})),
    EncodedData=STRING,
)

SIGNED_SHAPES = {
    "AdminCreateUser": request(
        "UserPoolId Username",
        UserPoolId=POOL_ID,
        Username=USERNAME,
        UserAttributes=ATTRIBUTES,
        ValidationData=ATTRIBUTES,
        TemporaryPassword=NEW_USERS_PASSWORD,
        ForceAliasCreation=Flag(),
        MessageAction=Text(values=("RESEND", "SUPPRESS")),
        DesiredDeliveryMediums=Listing(Text(values=("SMS", "EMAIL"))),
        ClientMetadata=METADATA,
    ),
    "AdminGetUser": _USER,
    "AdminResetUserPassword": _USER_AND_METADATA,
    "AdminSetUserPassword": request(
        "UserPoolId Username Password",
        UserPoolId=POOL_ID,
        Username=USERNAME,
        Password=PASSWORD,
        Permanent=Flag(),
    ),
    "AdminSetUserMFAPreference": request(
        "Username UserPoolId",
        SMSMfaSettings=MFA,
        SoftwareTokenMfaSettings=MFA,
        EmailMfaSettings=MFA,
        WebAuthnMfaSettings=WEBAUTHN,
        Username=USERNAME,
        UserPoolId=POOL_ID,
    ),
    "AdminUpdateUserAttributes": request(
        "UserPoolId Username UserAttributes",
        UserPoolId=POOL_ID,
        Username=USERNAME,
        UserAttributes=ATTRIBUTES,
        ClientMetadata=METADATA,
    ),
    "AdminConfirmSignUp": _USER_AND_METADATA,
    "AdminDeleteUser": _USER,
    "ListUsers": request(
        "UserPoolId",
        UserPoolId=POOL_ID,
        AttributesToGet=Listing(ATTRIBUTE_NAME),
        Limit=PAGE_LIMIT,
        PaginationToken=PAGE_TOKEN,
        Filter=Text(0, 256),
    ),
    "AdminEnableUser": _USER,
    "AdminDisableUser": _USER,
    "AdminUserGlobalSignOut": _USER,
    "AdminGetUserAuthFactors": _USER,
    "AdminDeleteSoftwareToken": _USER,
    "AdminDeleteUserAttributes": request(
        "UserPoolId Username UserAttributeNames", **_USER.members, UserAttributeNames=Listing(ATTRIBUTE_NAME)
    ),
    "AdminSetUserSettings": request("UserPoolId Username MFAOptions", **_USER.members, MFAOptions=MFA_OPTIONS),
    "AdminLinkProviderForUser": request(
        "UserPoolId DestinationUser SourceUser", UserPoolId=STRING, DestinationUser=_PROVIDER, SourceUser=_PROVIDER
    ),
    "AdminDisableProviderForUser": request("UserPoolId User", UserPoolId=STRING, User=_PROVIDER),
    "AdminInitiateAuth": request(
        "UserPoolId ClientId AuthFlow",
        UserPoolId=POOL_ID,
        ClientId=CLIENT_ID,
        AuthFlow=Text(values=FLOWS),
        AuthParameters=PARAMETERS,
        ClientMetadata=METADATA,
        AnalyticsMetadata=ANALYTICS,
        ContextData=_CONTEXT,
        Session=SESSION,
    ),
    "AdminRespondToAuthChallenge": request(
        "UserPoolId ClientId ChallengeName",
        UserPoolId=POOL_ID,
        ClientId=CLIENT_ID,
        ChallengeName=Text(values=CHALLENGES),
        ChallengeResponses=PARAMETERS,
        Session=SESSION,
        AnalyticsMetadata=ANALYTICS,
        ContextData=_CONTEXT,
        ClientMetadata=METADATA,
    ),
    "AdminListDevices": request("UserPoolId Username", **_USER.members, Limit=PAGE_LIMIT, PaginationToken=PAGE_TOKEN),
    "AdminGetDevice": _DEVICE,
    "AdminForgetDevice": _DEVICE,
    "AdminUpdateDeviceStatus": request(
        "UserPoolId Username DeviceKey", **_DEVICE.members, DeviceRememberedStatus=DEVICE_STATUS
    ),
    "CreateGroup": _GROUP_WITH_ALL,
    "UpdateGroup": _GROUP_WITH_ALL,
    "GetGroup": _GROUP,
    "DeleteGroup": _GROUP,
    "ListGroups": request("UserPoolId", UserPoolId=POOL_ID, **_PAGE),
    "ListUsersInGroup": request("UserPoolId GroupName", **_GROUP.members, **_PAGE),
    "AdminListGroupsForUser": request("UserPoolId Username", **_USER.members, **_PAGE),
    "AdminAddUserToGroup": _USER_AND_GROUP,
    "AdminRemoveUserFromGroup": _USER_AND_GROUP,
}
