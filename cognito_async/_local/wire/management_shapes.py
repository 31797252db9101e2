"""The constraints of the requests that manage pools, app clients, and what belongs to them, in the form of `shapes`."""

from __future__ import annotations

from .shape_parts import (
    ARN,
    CLIENT_ID,
    CLIENT_SECRET,
    LONG_PAGE_TOKEN,
    PAGE_TOKEN,
    POOL_ID,
    PROVIDER_NAME,
    STRING,
    request,
    words,
)
from .validation import Flag, Listing, Shape, Structure, Table, Text, TextMap, Whole


def _structure(required: str = "", /, **members: Shape) -> Structure:
    return Structure(members, frozenset(required.split()))


_NAME = Text(1, 128, r"[\w\s+=,.@-]+")
_CHARACTERS = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
_SMS = Text(6, 140, r".*\{####\}.*")
_EMAIL = Text(6, 20000, rf"{_CHARACTERS}\{{####\}}{_CHARACTERS}", categories="LMSNP ", contains=r"\{####\}")
_SUBJECT = Text(1, 140, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+", categories="LMSNP ")
_LEVEL = Text(0, None, "Level[1-4]")
_LEVEL_NAME = Text(1, 64, r"[\x21\x23-\x5B\x5D-\x7E]+")
_FUNCTION = _structure("LambdaVersion LambdaArn", LambdaVersion=Text(values=("V1_0",)), LambdaArn=ARN)
_CONTACTS = Listing(Text(values=("phone_number", "email")))
_ATTRIBUTE = _structure(
    Name=Text(1, 20, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", categories="LMSNP"),
    AttributeDataType=Text(values=("String", "Number", "DateTime", "Boolean")),
    DeveloperOnlyAttribute=Flag(),
    Mutable=Flag(),
    Required=Flag(),
    NumberAttributeConstraints=_structure(MinValue=STRING, MaxValue=STRING),
    StringAttributeConstraints=_structure(MinLength=STRING, MaxLength=STRING),
)
_SMS_CONFIGURATION = _structure(
    SnsCallerArn=Text(0, 2048, f"({ARN.pattern})?"),
    ExternalId=STRING,
    SnsRegion=Text(5, 32),
    EumsSms=_structure(
        "CallerArn",
        CallerArn=ARN,
        ExternalId=STRING,
        OriginationIdentity=STRING,
        ConfigurationSetName=STRING,
        InEntityId=STRING,
        InTemplateId=STRING,
        Region=Text(5, 32),
    ),
)
_TAG, _TAGS = Text(1, 128), TextMap(Text(1, 128), Text(0, 256))
_GRANTS = Listing(Text(values=("code", "implicit", "client_credentials")), 0, 3)
_SCOPES = Listing(Text(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+"), 0, 50)
_MFA = Text(values=("OFF", "ON", "OPTIONAL"))

_POOL: dict[str, Shape] = {
    "Policies": _structure(
        PasswordPolicy=_structure(
            MinimumLength=Whole(6, 99),
            RequireUppercase=Flag(),
            RequireLowercase=Flag(),
            RequireNumbers=Flag(),
            RequireSymbols=Flag(),
            PasswordHistorySize=Whole(0, 24),
            TemporaryPasswordValidityDays=Whole(0, 365),
        ),
        SignInPolicy=_structure(
            AllowedFirstAuthFactors=Listing(
                Text(values=("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SOFTWARE_TOKEN")), 1, 5
            )
        ),
    ),
    "DeletionProtection": Text(values=("ACTIVE", "INACTIVE")),
    "LambdaConfig": _structure(
        PreSignUp=ARN,
        CustomMessage=ARN,
        PostConfirmation=ARN,
        PreAuthentication=ARN,
        PostAuthentication=ARN,
        DefineAuthChallenge=ARN,
        CreateAuthChallenge=ARN,
        VerifyAuthChallengeResponse=ARN,
        PreTokenGeneration=ARN,
        UserMigration=ARN,
        PreTokenGenerationConfig=_structure(
            "LambdaVersion LambdaArn", LambdaVersion=Text(values=("V1_0", "V2_0", "V3_0")), LambdaArn=ARN
        ),
        CustomSMSSender=_FUNCTION,
        CustomEmailSender=_FUNCTION,
        KMSKeyID=ARN,
        InboundFederation=_FUNCTION,
    ),
    "AutoVerifiedAttributes": _CONTACTS,
    "SmsVerificationMessage": _SMS,
    "EmailVerificationMessage": _EMAIL,
    "EmailVerificationSubject": _SUBJECT,
    "VerificationMessageTemplate": _structure(
        SmsMessage=_SMS,
        EmailMessage=_EMAIL,
        EmailSubject=_SUBJECT,
        EmailMessageByLink=Text(
            6,
            20000,
            rf"{_CHARACTERS}\{{##{_CHARACTERS}##\}}{_CHARACTERS}",
            categories="LMSNP ",
            # Atomic and anchored, so that the time grows only with the length of the text.
            contains=r"(?s)\A(?>.*?\{##).*##\}",
        ),
        EmailSubjectByLink=_SUBJECT,
        DefaultEmailOption=Text(values=("CONFIRM_WITH_LINK", "CONFIRM_WITH_CODE")),
    ),
    "SmsAuthenticationMessage": _SMS,
    "MfaConfiguration": _MFA,
    "UserAttributeUpdateSettings": _structure(AttributesRequireVerificationBeforeUpdate=_CONTACTS),
    "DeviceConfiguration": _structure(ChallengeRequiredOnNewDevice=Flag(), DeviceOnlyRememberedOnUserPrompt=Flag()),
    "EmailConfiguration": _structure(
        SourceArn=ARN,
        ReplyToEmailAddress=Text(
            0,
            None,
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
            categories="LMSNP",
            contains=".@.",
        ),
        EmailSendingAccount=Text(values=("COGNITO_DEFAULT", "DEVELOPER")),
        From=STRING,
        ConfigurationSet=Text(1, 64, r"^[a-zA-Z0-9_-]+$"),
    ),
    "SmsConfiguration": _SMS_CONFIGURATION,
    "UserPoolTags": _TAGS,
    "AdminCreateUserConfig": _structure(
        AllowAdminCreateUserOnly=Flag(),
        UnusedAccountValidityDays=Whole(0, 365),
        InviteMessageTemplate=_structure(
            SMSMessage=Text(6, 140, "(?s).*"),
            EmailMessage=Text(6, 20000, _CHARACTERS, categories="LMSNP "),
            EmailSubject=_SUBJECT,
        ),
    ),
    "UserPoolAddOns": _structure(
        "AdvancedSecurityMode",
        AdvancedSecurityMode=Text(values=("OFF", "AUDIT", "ENFORCED")),
        AdvancedSecurityAdditionalFlows=_structure(CustomAuthMode=Text(values=("AUDIT", "ENFORCED"))),
    ),
    "DcrConfiguration": _structure(
        EnableStatus=Text(values=("Enabled", "Disabled")),
        OpenDcrEnabled=Flag(),
        AuthenticatedGrantTypes=_GRANTS,
        OpenDcrGrantTypes=_GRANTS,
        AllowedScopes=_SCOPES,
    ),
    "AccountRecoverySetting": _structure(
        RecoveryMechanisms=Listing(
            _structure(
                "Priority Name",
                Priority=Whole(1, 2),
                Name=Text(values=("verified_email", "verified_phone_number", "admin_only")),
            ),
            1,
            2,
        )
    ),
    "UserPoolTier": Text(values=("LITE", "ESSENTIALS", "PLUS")),
    "KeyConfiguration": _structure(KeyType=Text(values=("AWS_OWNED_KEY", "CUSTOMER_MANAGED_KEY")), KmsKeyArn=ARN),
    "IssuerConfiguration": _structure(Type=Text(values=("ORIGINAL", "UPDATED"))),
    "AcrConfiguration": Table(_LEVEL, _structure("AcrValue", AcrValue=_LEVEL_NAME), 4),
}

_URL = Text(1, 1024, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", categories="LMSNP")
_UNIT = Text(values=("seconds", "minutes", "hours", "days"))
_CLIENT: dict[str, Shape] = {
    "RefreshTokenValidity": Whole(0, 315360000),
    "AccessTokenValidity": Whole(1, 86400),
    "IdTokenValidity": Whole(1, 86400),
    "TokenValidityUnits": _structure(AccessToken=_UNIT, IdToken=_UNIT, RefreshToken=_UNIT),
    "ReadAttributes": Listing(Text(1, 2048)),
    "WriteAttributes": Listing(Text(1, 2048)),
    "ExplicitAuthFlows": Listing(
        Text(
            values=words(
                "ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY USER_PASSWORD_AUTH ALLOW_ADMIN_USER_PASSWORD_AUTH "
                "ALLOW_CUSTOM_AUTH ALLOW_USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH "
                "ALLOW_USER_AUTH ALLOW_TOKEN_EXCHANGE_DELEGATION ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
            )
        )
    ),
    "SupportedIdentityProviders": Listing(PROVIDER_NAME),
    "CallbackURLs": Listing(_URL, 0, 100),
    "LogoutURLs": Listing(_URL, 0, 100),
    "DefaultRedirectURI": _URL,
    "AllowedOAuthFlows": _GRANTS,
    "AllowedOAuthScopes": _SCOPES,
    "AllowedOAuthFlowsUserPoolClient": Flag(),
    "AnalyticsConfiguration": _structure(
        ApplicationId=Text(0, None, r"^[0-9a-fA-F]+$"),
        ApplicationArn=ARN,
        RoleArn=ARN,
        ExternalId=STRING,
        UserDataShared=Flag(),
    ),
    "PreventUserExistenceErrors": Text(values=("LEGACY", "ENABLED")),
    "EnableTokenRevocation": Flag(),
    "EnablePropagateAdditionalUserContextData": Flag(),
    "AuthSessionValidity": Whole(3, 15),
    "RefreshTokenRotation": _structure(
        "Feature", Feature=Text(values=("ENABLED", "DISABLED")), RetryGracePeriodSeconds=Whole(0, 60)
    ),
    "PublishSecretsInAWSSecretsManager": Flag(),
}

_OF_POOL = request("UserPoolId", UserPoolId=POOL_ID)
_OF_CLIENT = request("UserPoolId ClientId", UserPoolId=POOL_ID, ClientId=CLIENT_ID)
# Unlike the pattern in the service's model, accept dots: the domain may be your own, such as `auth.example.com`.
DOMAIN = Text(1, 63, r"^[a-z0-9](?:[a-z0-9\-.]{0,61}[a-z0-9])?$")
_OF_DOMAIN = request("Domain UserPoolId", Domain=DOMAIN, UserPoolId=POOL_ID)
_DOMAIN_WITH_ALL = request(
    "Domain UserPoolId",
    **_OF_DOMAIN.members,
    ManagedLoginVersion=Whole(-(2**31)),
    CustomDomainConfig=_structure(
        "CertificateArn",
        CertificateArn=ARN,
        SecurityPolicy=Text(values=("TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025")),
    ),
    Routing=_structure(
        Failover=_structure(
            "SecondaryRegion PrimaryRoute53HealthCheckId",
            SecondaryRegion=Text(5, 32),
            PrimaryRoute53HealthCheckId=Text(0, 64),
        )
    ),
)
_SERVER = Text(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+")
_OF_SERVER = request("UserPoolId Identifier", UserPoolId=POOL_ID, Identifier=_SERVER)
_SERVER_WITH_ALL = request(
    "UserPoolId Identifier Name",
    **_OF_SERVER.members,
    Name=Text(1, 256, r"[\w\s+=,.@-]+"),
    Scopes=Listing(
        _structure(
            "ScopeName ScopeDescription",
            ScopeName=Text(1, 256, r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+"),
            ScopeDescription=Text(1, 256),
        ),
        0,
        100,
    ),
)
_OF_PROVIDER = request("UserPoolId ProviderName", UserPoolId=POOL_ID, ProviderName=PROVIDER_NAME)
_IDENTIFIER = Text(1, 40, r"[\w\s+=.@-]+")
_PROVIDER: dict[str, Shape] = {
    "ProviderDetails": TextMap(STRING, STRING),
    "AttributeMapping": TextMap(Text(1, 32), STRING),
    "IdpIdentifiers": Listing(_IDENTIFIER, 0, 50),
    "AcrMapping": TextMap(_LEVEL, _LEVEL_NAME, 4),
}

MANAGEMENT_SHAPES = {
    "CreateUserPool": request(
        "PoolName",
        PoolName=_NAME,
        **_POOL,
        AliasAttributes=Listing(Text(values=("phone_number", "email", "preferred_username"))),
        UsernameAttributes=_CONTACTS,
        Schema=Listing(_ATTRIBUTE, 1, 50),
        UsernameConfiguration=_structure("CaseSensitive", CaseSensitive=Flag()),
    ),
    "DescribeUserPool": _OF_POOL,
    "UpdateUserPool": request("UserPoolId", UserPoolId=POOL_ID, PoolName=_NAME, **_POOL),
    "DeleteUserPool": _OF_POOL,
    "ListUserPools": request("MaxResults", NextToken=PAGE_TOKEN, MaxResults=Whole(1, 60)),
    "AddCustomAttributes": request(
        "UserPoolId CustomAttributes", UserPoolId=POOL_ID, CustomAttributes=Listing(_ATTRIBUTE, 1, 25)
    ),
    "GetUserPoolMfaConfig": _OF_POOL,
    "SetUserPoolMfaConfig": request(
        "UserPoolId",
        UserPoolId=POOL_ID,
        SmsMfaConfiguration=_structure(SmsAuthenticationMessage=_SMS, SmsConfiguration=_SMS_CONFIGURATION),
        SoftwareTokenMfaConfiguration=_structure(Enabled=Flag()),
        EmailMfaConfiguration=_structure(
            Message=_EMAIL, Subject=Text(0, None, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+", categories="LMSNP ")
        ),
        MfaConfiguration=_MFA,
        WebAuthnConfiguration=_structure(
            RelyingPartyId=Text(1, 127),
            UserVerification=Text(values=("required", "preferred")),
            FactorConfiguration=Text(values=("SINGLE_FACTOR", "MULTI_FACTOR_WITH_USER_VERIFICATION")),
        ),
    ),
    "CreateUserPoolClient": request(
        "UserPoolId ClientName",
        UserPoolId=POOL_ID,
        ClientName=_NAME,
        GenerateSecret=Flag(),
        ClientSecret=CLIENT_SECRET,
        **_CLIENT,
    ),
    "DescribeUserPoolClient": _OF_CLIENT,
    "UpdateUserPoolClient": request("UserPoolId ClientId", **_OF_CLIENT.members, ClientName=_NAME, **_CLIENT),
    "DeleteUserPoolClient": _OF_CLIENT,
    "ListUserPoolClients": request(
        "UserPoolId",
        UserPoolId=POOL_ID,
        MaxResults=Whole(1, 60),
        NextToken=LONG_PAGE_TOKEN,
        ClientType=Text(values=("REGULAR", "DCR")),
    ),
    "CreateUserPoolDomain": _DOMAIN_WITH_ALL,
    "DescribeUserPoolDomain": request("Domain", Domain=DOMAIN),
    "UpdateUserPoolDomain": _DOMAIN_WITH_ALL,
    "DeleteUserPoolDomain": _OF_DOMAIN,
    "CreateResourceServer": _SERVER_WITH_ALL,
    "DescribeResourceServer": _OF_SERVER,
    "UpdateResourceServer": _SERVER_WITH_ALL,
    "DeleteResourceServer": _OF_SERVER,
    "ListResourceServers": request("UserPoolId", UserPoolId=POOL_ID, MaxResults=Whole(1, 50), NextToken=PAGE_TOKEN),
    "CreateIdentityProvider": request(
        "UserPoolId ProviderName ProviderType ProviderDetails",
        UserPoolId=POOL_ID,
        ProviderName=Text(
            1, 32, r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+", categories="LMSNP", contains="^[^_].[^_]+$"
        ),
        ProviderType=Text(values=words("SAML Facebook Google LoginWithAmazon SignInWithApple OIDC")),
        **_PROVIDER,
    ),
    "DescribeIdentityProvider": _OF_PROVIDER,
    "UpdateIdentityProvider": request("UserPoolId ProviderName", **_OF_PROVIDER.members, **_PROVIDER),
    "DeleteIdentityProvider": _OF_PROVIDER,
    "ListIdentityProviders": request("UserPoolId", UserPoolId=POOL_ID, MaxResults=Whole(0, 60), NextToken=PAGE_TOKEN),
    "GetIdentityProviderByIdentifier": request(
        "UserPoolId IdpIdentifier", UserPoolId=POOL_ID, IdpIdentifier=_IDENTIFIER
    ),
    "TagResource": request("ResourceArn Tags", ResourceArn=ARN, Tags=_TAGS),
    "UntagResource": request("ResourceArn TagKeys", ResourceArn=ARN, TagKeys=Listing(_TAG)),
    "ListTagsForResource": request("ResourceArn", ResourceArn=ARN),
}
