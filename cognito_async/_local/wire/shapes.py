"""The constraints of all requests, written by hand from the service's API reference."""

from __future__ import annotations

from .management_shapes import MANAGEMENT_SHAPES
from .shape_parts import (
    ANALYTICS,
    ATTRIBUTE_NAME,
    ATTRIBUTES,
    CHALLENGES,
    CLIENT_ID,
    CLIENT_SECRET,
    DEVICE_KEY,
    DEVICE_STATUS,
    FLOWS,
    METADATA,
    MFA,
    MFA_OPTIONS,
    NEW_USERS_PASSWORD,
    PAGE_LIMIT,
    PAGE_TOKEN,
    PARAMETERS,
    PASSWORD,
    SESSION,
    STRING,
    USERNAME,
    WEBAUTHN,
    request,
)
from .signed_shapes import SIGNED_SHAPES
from .validation import LONGEST_STRING, Flag, Listing, Structure, Text

_SECRET_HASH = Text(1, 128, r"[\w+=/]+", sensitive=True)
_CODE = Text(1, 2048, r"[\S]+")
_TOKEN = Text(0, None, r"[A-Za-z0-9-_=.]+", sensitive=True)
_TOTP_CODE = Text(6, 6, r"[0-9]+", sensitive=True)
_VERIFIER = Structure({"PasswordVerifier": STRING, "Salt": STRING})
_ACCESS = request("AccessToken", AccessToken=_TOKEN)
_HIDDEN = Text(0, LONGEST_STRING, sensitive=True)
_CONTEXT = Structure({"IpAddress": _HIDDEN, "EncodedData": _HIDDEN})

SHAPES = {
    "SignUp": request(
        "ClientId Username",
        ClientId=CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=USERNAME,
        Password=NEW_USERS_PASSWORD,
        UserAttributes=ATTRIBUTES,
        ValidationData=ATTRIBUTES,
        AnalyticsMetadata=ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=METADATA,
    ),
    "ConfirmSignUp": request(
        "ClientId Username ConfirmationCode",
        ClientId=CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=USERNAME,
        ConfirmationCode=_CODE,
        ForceAliasCreation=Flag(),
        AnalyticsMetadata=ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=METADATA,
        Session=SESSION,
    ),
    "ResendConfirmationCode": request(
        "ClientId Username",
        ClientId=CLIENT_ID,
        SecretHash=_SECRET_HASH,
        UserContextData=_CONTEXT,
        Username=USERNAME,
        AnalyticsMetadata=ANALYTICS,
        ClientMetadata=METADATA,
    ),
    "InitiateAuth": request(
        "AuthFlow ClientId",
        AuthFlow=Text(values=FLOWS),
        AuthParameters=PARAMETERS,
        ClientMetadata=METADATA,
        ClientId=CLIENT_ID,
        AnalyticsMetadata=ANALYTICS,
        UserContextData=_CONTEXT,
        Session=SESSION,
    ),
    "RespondToAuthChallenge": request(
        "ClientId ChallengeName",
        ClientId=CLIENT_ID,
        ChallengeName=Text(values=CHALLENGES),
        Session=SESSION,
        ChallengeResponses=PARAMETERS,
        AnalyticsMetadata=ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=METADATA,
    ),
    "GetTokensFromRefreshToken": request(
        "RefreshToken ClientId",
        RefreshToken=_TOKEN,
        ClientId=CLIENT_ID,
        ClientSecret=CLIENT_SECRET,
        DeviceKey=DEVICE_KEY,
        ClientMetadata=METADATA,
    ),
    "RevokeToken": request(
        "Token ClientId",
        Token=_TOKEN,
        ClientId=CLIENT_ID,
        ClientSecret=CLIENT_SECRET,
        RevokeAssociatedSessions=Text(values=("NONE", "LINKED")),
    ),
    "GlobalSignOut": _ACCESS,
    "ForgotPassword": request(
        "ClientId Username",
        ClientId=CLIENT_ID,
        SecretHash=_SECRET_HASH,
        UserContextData=_CONTEXT,
        Username=USERNAME,
        AnalyticsMetadata=ANALYTICS,
        ClientMetadata=METADATA,
    ),
    "ConfirmForgotPassword": request(
        "ClientId Username ConfirmationCode Password",
        ClientId=CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=USERNAME,
        ConfirmationCode=_CODE,
        Password=PASSWORD,
        AnalyticsMetadata=ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=METADATA,
    ),
    "ChangePassword": request(
        "ProposedPassword AccessToken",
        PreviousPassword=PASSWORD,
        ProposedPassword=PASSWORD,
        AccessToken=_TOKEN,
    ),
    "GetUser": _ACCESS,
    "GetUserAuthFactors": _ACCESS,
    "DeleteUser": _ACCESS,
    "UpdateUserAttributes": request(
        "UserAttributes AccessToken", UserAttributes=ATTRIBUTES, AccessToken=_TOKEN, ClientMetadata=METADATA
    ),
    "DeleteUserAttributes": request(
        "UserAttributeNames AccessToken", UserAttributeNames=Listing(ATTRIBUTE_NAME), AccessToken=_TOKEN
    ),
    "GetUserAttributeVerificationCode": request(
        "AccessToken AttributeName", AccessToken=_TOKEN, AttributeName=ATTRIBUTE_NAME, ClientMetadata=METADATA
    ),
    "VerifyUserAttribute": request(
        "AccessToken AttributeName Code", AccessToken=_TOKEN, AttributeName=ATTRIBUTE_NAME, Code=_CODE
    ),
    "AssociateSoftwareToken": request("", AccessToken=_TOKEN, Session=SESSION),
    "VerifySoftwareToken": request(
        "UserCode", AccessToken=_TOKEN, Session=SESSION, UserCode=_TOTP_CODE, FriendlyDeviceName=STRING
    ),
    "SetUserMFAPreference": request(
        "AccessToken",
        SMSMfaSettings=MFA,
        SoftwareTokenMfaSettings=MFA,
        EmailMfaSettings=MFA,
        WebAuthnMfaSettings=WEBAUTHN,
        AccessToken=_TOKEN,
    ),
    "SetUserSettings": request(
        "AccessToken MFAOptions",
        AccessToken=_TOKEN,
        MFAOptions=MFA_OPTIONS,
    ),
    "ConfirmDevice": request(
        "AccessToken DeviceKey",
        AccessToken=_TOKEN,
        DeviceKey=DEVICE_KEY,
        DeviceSecretVerifierConfig=_VERIFIER,
        DeviceName=Text(1, 1024),
    ),
    "GetDevice": request("DeviceKey", DeviceKey=DEVICE_KEY, AccessToken=_TOKEN),
    "ListDevices": request("AccessToken", AccessToken=_TOKEN, Limit=PAGE_LIMIT, PaginationToken=PAGE_TOKEN),
    "ForgetDevice": request("DeviceKey", AccessToken=_TOKEN, DeviceKey=DEVICE_KEY),
    "UpdateDeviceStatus": request(
        "AccessToken DeviceKey",
        AccessToken=_TOKEN,
        DeviceKey=DEVICE_KEY,
        DeviceRememberedStatus=DEVICE_STATUS,
    ),
    **SIGNED_SHAPES,
    **MANAGEMENT_SHAPES,
}
