"""Sources of AWS credentials, for the operations that only an AWS identity may call.

    pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890", credentials=from_profile("admin"))

The default is `default_chain()`. Each function of this module returns a `CredentialsProvider`, which reads and requests
nothing before a call needs credentials. The pool caches credentials and refreshes them five minutes before they expire,
with one request for all waiting calls. If a refresh fails, the pool uses the old credentials until they expire. A
provider never blocks the event loop.
"""

from __future__ import annotations

from ._aws.credentials.boto import BotoSource
from ._aws.credentials.chain import AwsChain
from ._aws.credentials.container import ContainerSource
from ._aws.credentials.environment import EnvironmentSource
from ._aws.credentials.instance import InstanceSource
from ._aws.credentials.profile import ProfileSource
from ._aws.credentials.web_identity import WebIdentitySource
from ._aws.identity import Credentials, CredentialsProvider
from ._core.public_modules import set_module

__all__ = [
    "Credentials",
    "CredentialsProvider",
    "default_chain",
    "from_boto",
    "from_container",
    "from_environment",
    "from_instance",
    "from_profile",
    "from_web_identity",
]


def default_chain() -> CredentialsProvider:
    """Use the same sources as AWS's tools, in the same order. This is the default for `credentials=`.

    The sources are the environment, a profile of the shared files (or a web identity in the environment), the
    container's endpoint, and the instance's metadata service. If a configured source fails, the search ends with
    its error. If no source has credentials, the error gives the reason of each.

    Raises (when a call needs credentials):
        CredentialsError: if no source has credentials.
    """
    return AwsChain()


def from_environment() -> CredentialsProvider:
    """Use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if set, AWS_SESSION_TOKEN. Each call reads them again.

    Raises (when a call needs credentials):
        CredentialsError: if one of the first two variables is not set.
    """
    return EnvironmentSource()


def from_profile(
    name: str | None = None, *, config_file: str | None = None, credentials_file: str | None = None
) -> CredentialsProvider:
    """Use a profile of the files that AWS's tools share. Its keys are read again every 15 minutes.

    A profile with SSO, `aws login`, a `credential_process` or a role that needs other keys requires the extra `boto`.

    Args:
        name: the profile's name; by default AWS_DEFAULT_PROFILE, then AWS_PROFILE, then `default`.
        config_file: the path of the file with settings; by default AWS_CONFIG_FILE, then `~/.aws/config`.
        credentials_file: the path of the file with keys; by default AWS_SHARED_CREDENTIALS_FILE, then
            `~/.aws/credentials`.

    Raises (when a call needs credentials):
        CredentialsError: if the profile does not exist or has no credentials, or if a file cannot be read.
    """
    return ProfileSource(name, config_file, credentials_file)


def from_web_identity(
    *,
    role_arn: str | None = None,
    token_file: str | None = None,
    session_name: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
) -> CredentialsProvider:
    """Assume a role at STS with the token in a file, as EKS pods with a service account's role do (IRSA).

    Args:
        role_arn: the ARN of the role; by default AWS_ROLE_ARN.
        token_file: the path of the token's file, which each refresh reads; by default AWS_WEB_IDENTITY_TOKEN_FILE.
        session_name: the name in CloudTrail; by default AWS_ROLE_SESSION_NAME, then `cognito-async-` and the time.
        region: the region whose STS is called; by default AWS_REGION, then AWS_DEFAULT_REGION, then the global STS.
        endpoint: the URL of STS; by default AWS_ENDPOINT_URL_STS, then AWS_ENDPOINT_URL, then the URL of AWS.

    Raises (when a call needs credentials):
        CredentialsError: if the role or the token is missing, or if STS refuses them. The error's `code` says why.
    """
    return WebIdentitySource(role_arn, token_file, session_name, region, endpoint)


def from_container() -> CredentialsProvider:
    """Use the container's credentials endpoint, which ECS and EKS Pod Identity name in the environment.

    The URL is in AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI. A token for it may be in
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. A URL without https is allowed only for
    a loopback address, 169.254.170.2, 169.254.170.23 and fd00:ec2::23.

    Raises (when a call needs credentials):
        CredentialsError: if neither variable with a URL is set, the URL is not allowed, or the endpoint fails.
    """
    return ContainerSource()


def from_instance() -> CredentialsProvider:
    """Use the role of an EC2 instance, from its metadata service. Only version 2 of the service is used (IMDSv2).

    This reads AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE.

    Raises (when a call needs credentials):
        CredentialsError: if the service is disabled, does not reply within a second in two attempts, or has no role.
    """
    return InstanceSource()


def from_boto(profile: str | None = None) -> CredentialsProvider:
    """Use any source of botocore, such as SSO or a chain of roles, in a worker thread; needs the extra `boto`.

    Warning: at level DEBUG, botocore logs the replies of AWS's services, which may contain secrets.

    Args:
        profile: the name of the profile to use; by default botocore searches its whole chain.

    Raises (when a call needs credentials):
        CredentialsError: if botocore is not installed, fails, or finds no credentials.
    """
    return BotoSource(profile)


set_module(globals(), (name for name in __all__ if name[0].isupper() and name != "CredentialsProvider"))


def __dir__() -> list[str]:
    return sorted(__all__)
