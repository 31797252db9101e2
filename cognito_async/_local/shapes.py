"""The constraints of the requests that a local pool takes, written by hand from the service's API reference."""

from __future__ import annotations

from .validation import Flag, Listing, Shape, Structure, Text, TextMap, Whole


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WORDS = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
_CLIENT_ID = Text(1, 128, r"[\w+]+", sensitive=True)
_CLIENT_SECRET = Text(24, 64, r"[\w+]+", sensitive=True)
_SECRET_HASH = Text(1, 128, r"[\w+=/]+", sensitive=True)
_USERNAME = Text(1, 128, _WORDS, categories="LMSNP", sensitive=True)
_PASSWORD = Text(0, 256, r"[\S]+", sensitive=True)
_CODE = Text(1, 2048, r"[\S]+")
_SESSION = Text(20, 4096, sensitive=True)
_TOKEN = Text(0, None, r"[A-Za-z0-9-_=.]+", sensitive=True)
_POOL_ID = Text(1, 55, r"[\w-]+_[0-9a-zA-Z]+")
_ATTRIBUTE_NAME = Text(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", categories="LMSNP ")
_ATTRIBUTES = Listing(Structure({"Name": _ATTRIBUTE_NAME, "Value": Text(0, 2048, sensitive=True)}, frozenset({"Name"})))
_CONTEXT = Structure({"IpAddress": Text(), "EncodedData": Text()})
_ANALYTICS = Structure({"AnalyticsEndpointId": Text()})
_CHALLENGES = _words(
    "SMS_MFA EMAIL_OTP SOFTWARE_TOKEN_MFA SELECT_MFA_TYPE MFA_SETUP PASSWORD_VERIFIER "
    "CUSTOM_CHALLENGE SELECT_CHALLENGE DEVICE_SRP_AUTH DEVICE_PASSWORD_VERIFIER ADMIN_NO_SRP_AUTH "
    "NEW_PASSWORD_REQUIRED SMS_OTP PASSWORD WEB_AUTHN PASSWORD_SRP"
)
_FLOWS = _words(
    "USER_SRP_AUTH REFRESH_TOKEN_AUTH REFRESH_TOKEN CUSTOM_AUTH ADMIN_NO_SRP_AUTH USER_PASSWORD_AUTH "
    "ADMIN_USER_PASSWORD_AUTH USER_AUTH"
)


def _request(required: str, **members: Shape) -> Structure:
    return Structure(members, frozenset(required.split()))


_MFA = Structure({"Enabled": Flag(), "PreferredMfa": Flag()})
_WEBAUTHN = Structure({"Enabled": Flag()})
_DEVICE_KEY = Text(1, 55, r"[\w-]+_[0-9a-f-]+")
_TOTP_CODE = Text(6, 6, r"[0-9]+", sensitive=True)
_VERIFIER = Structure({"PasswordVerifier": Text(), "Salt": Text()})
_ACCESS = _request("AccessToken", AccessToken=_TOKEN)
_USER = _request("UserPoolId Username", UserPoolId=_POOL_ID, Username=_USERNAME)
_USER_AND_METADATA = _request("UserPoolId Username", **_USER.members, ClientMetadata=TextMap())

SHAPES = {
    "SignUp": _request(
        "ClientId Username",
        ClientId=_CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=_USERNAME,
        Password=_PASSWORD,
        UserAttributes=_ATTRIBUTES,
        ValidationData=_ATTRIBUTES,
        AnalyticsMetadata=_ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=TextMap(),
    ),
    "ConfirmSignUp": _request(
        "ClientId Username ConfirmationCode",
        ClientId=_CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=_USERNAME,
        ConfirmationCode=_CODE,
        ForceAliasCreation=Flag(),
        AnalyticsMetadata=_ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=TextMap(),
        Session=_SESSION,
    ),
    "ResendConfirmationCode": _request(
        "ClientId Username",
        ClientId=_CLIENT_ID,
        SecretHash=_SECRET_HASH,
        UserContextData=_CONTEXT,
        Username=_USERNAME,
        AnalyticsMetadata=_ANALYTICS,
        ClientMetadata=TextMap(),
    ),
    "InitiateAuth": _request(
        "AuthFlow ClientId",
        AuthFlow=Text(values=_FLOWS),
        AuthParameters=TextMap(),
        ClientMetadata=TextMap(),
        ClientId=_CLIENT_ID,
        AnalyticsMetadata=_ANALYTICS,
        UserContextData=_CONTEXT,
        Session=_SESSION,
    ),
    "RespondToAuthChallenge": _request(
        "ClientId ChallengeName",
        ClientId=_CLIENT_ID,
        ChallengeName=Text(values=_CHALLENGES),
        Session=_SESSION,
        ChallengeResponses=TextMap(),
        AnalyticsMetadata=_ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=TextMap(),
    ),
    "GetTokensFromRefreshToken": _request(
        "RefreshToken ClientId",
        RefreshToken=_TOKEN,
        ClientId=_CLIENT_ID,
        ClientSecret=_CLIENT_SECRET,
        DeviceKey=_DEVICE_KEY,
        ClientMetadata=TextMap(),
    ),
    "RevokeToken": _request(
        "Token ClientId",
        Token=_TOKEN,
        ClientId=_CLIENT_ID,
        ClientSecret=_CLIENT_SECRET,
        RevokeAssociatedSessions=Text(values=("NONE", "LINKED")),
    ),
    "GlobalSignOut": _ACCESS,
    "ForgotPassword": _request(
        "ClientId Username",
        ClientId=_CLIENT_ID,
        SecretHash=_SECRET_HASH,
        UserContextData=_CONTEXT,
        Username=_USERNAME,
        AnalyticsMetadata=_ANALYTICS,
        ClientMetadata=TextMap(),
    ),
    "ConfirmForgotPassword": _request(
        "ClientId Username ConfirmationCode Password",
        ClientId=_CLIENT_ID,
        SecretHash=_SECRET_HASH,
        Username=_USERNAME,
        ConfirmationCode=_CODE,
        Password=_PASSWORD,
        AnalyticsMetadata=_ANALYTICS,
        UserContextData=_CONTEXT,
        ClientMetadata=TextMap(),
    ),
    "ChangePassword": _request(
        "ProposedPassword AccessToken",
        PreviousPassword=_PASSWORD,
        ProposedPassword=_PASSWORD,
        AccessToken=_TOKEN,
    ),
    "GetUser": _ACCESS,
    "GetUserAuthFactors": _ACCESS,
    "DeleteUser": _ACCESS,
    "UpdateUserAttributes": _request(
        "UserAttributes AccessToken", UserAttributes=_ATTRIBUTES, AccessToken=_TOKEN, ClientMetadata=TextMap()
    ),
    "DeleteUserAttributes": _request(
        "UserAttributeNames AccessToken", UserAttributeNames=Listing(_ATTRIBUTE_NAME), AccessToken=_TOKEN
    ),
    "GetUserAttributeVerificationCode": _request(
        "AccessToken AttributeName", AccessToken=_TOKEN, AttributeName=_ATTRIBUTE_NAME, ClientMetadata=TextMap()
    ),
    "VerifyUserAttribute": _request(
        "AccessToken AttributeName Code", AccessToken=_TOKEN, AttributeName=_ATTRIBUTE_NAME, Code=_CODE
    ),
    "AssociateSoftwareToken": _request("", AccessToken=_TOKEN, Session=_SESSION),
    "VerifySoftwareToken": _request(
        "UserCode", AccessToken=_TOKEN, Session=_SESSION, UserCode=_TOTP_CODE, FriendlyDeviceName=Text(0, 131072)
    ),
    "SetUserMFAPreference": _request(
        "AccessToken",
        SMSMfaSettings=_MFA,
        SoftwareTokenMfaSettings=_MFA,
        EmailMfaSettings=_MFA,
        WebAuthnMfaSettings=_WEBAUTHN,
        AccessToken=_TOKEN,
    ),
    "SetUserSettings": _request(
        "AccessToken MFAOptions",
        AccessToken=_TOKEN,
        MFAOptions=Listing(
            Structure({"DeliveryMedium": Text(values=("SMS", "EMAIL")), "AttributeName": _ATTRIBUTE_NAME})
        ),
    ),
    "ConfirmDevice": _request(
        "AccessToken DeviceKey",
        AccessToken=_TOKEN,
        DeviceKey=_DEVICE_KEY,
        DeviceSecretVerifierConfig=_VERIFIER,
        DeviceName=Text(1, 1024),
    ),
    "GetDevice": _request("DeviceKey", DeviceKey=_DEVICE_KEY, AccessToken=_TOKEN),
    "ListDevices": _request(
        "AccessToken", AccessToken=_TOKEN, Limit=Whole(0, 60), PaginationToken=Text(1, None, r"[\S]+")
    ),
    "ForgetDevice": _request("DeviceKey", AccessToken=_TOKEN, DeviceKey=_DEVICE_KEY),
    "UpdateDeviceStatus": _request(
        "AccessToken DeviceKey",
        AccessToken=_TOKEN,
        DeviceKey=_DEVICE_KEY,
        DeviceRememberedStatus=Text(values=("remembered", "not_remembered")),
    ),
    "AdminCreateUser": _request(
        "UserPoolId Username",
        UserPoolId=_POOL_ID,
        Username=_USERNAME,
        UserAttributes=_ATTRIBUTES,
        ValidationData=_ATTRIBUTES,
        TemporaryPassword=_PASSWORD,
        ForceAliasCreation=Flag(),
        MessageAction=Text(values=("RESEND", "SUPPRESS")),
        DesiredDeliveryMediums=Listing(Text(values=("SMS", "EMAIL"))),
        ClientMetadata=TextMap(),
    ),
    "AdminGetUser": _USER,
    "AdminResetUserPassword": _USER_AND_METADATA,
    "AdminSetUserPassword": _request(
        "UserPoolId Username Password",
        UserPoolId=_POOL_ID,
        Username=_USERNAME,
        Password=_PASSWORD,
        Permanent=Flag(),
    ),
    "AdminSetUserMFAPreference": _request(
        "Username UserPoolId",
        SMSMfaSettings=_MFA,
        SoftwareTokenMfaSettings=_MFA,
        EmailMfaSettings=_MFA,
        WebAuthnMfaSettings=_WEBAUTHN,
        Username=_USERNAME,
        UserPoolId=_POOL_ID,
    ),
    "AdminUpdateUserAttributes": _request(
        "UserPoolId Username UserAttributes",
        UserPoolId=_POOL_ID,
        Username=_USERNAME,
        UserAttributes=_ATTRIBUTES,
        ClientMetadata=TextMap(),
    ),
    "AdminConfirmSignUp": _USER_AND_METADATA,
    "AdminDeleteUser": _USER,
    "ListUsers": _request(
        "UserPoolId",
        UserPoolId=_POOL_ID,
        AttributesToGet=Listing(_ATTRIBUTE_NAME),
        Limit=Whole(0, 60),
        PaginationToken=Text(1, None, r"[\S]+"),
        Filter=Text(0, 256),
    ),
}
