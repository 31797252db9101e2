"""Where AWS credentials come from, for the operations that only an AWS identity may call.

    pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890", credentials=from_profile("admin"))

Without `credentials=` a pool asks `default_chain()`. Each function here returns a `CredentialsProvider`, and nothing is
read or asked before a call needs it. A pool keeps what it got, renews it five minutes before it ends, asks only once
however many calls wait, and goes on with what it has while that is good, if a renewal fails. No file is read, and
nothing is waited for, on the event loop.
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
    """What is asked where no `credentials=` are given: the sources of AWS's tools, in their order.

    The environment, a profile of the shared files (or a web identity in the environment), the container's endpoint,
    the instance's metadata service. A source that is set up and fails ends the search; the error says what was asked.

    Raises (when it is asked):
        CredentialsError: when no source has credentials.
    """
    return AwsChain()


def from_environment() -> CredentialsProvider:
    """Use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if set, AWS_SESSION_TOKEN, as they are at each call.

    Raises (when it is asked):
        CredentialsError: when one of the first two is not set.
    """
    return EnvironmentSource()


def from_profile(
    name: str | None = None, *, config_file: str | None = None, credentials_file: str | None = None
) -> CredentialsProvider:
    """Use a profile of the files that AWS's tools share, whose keys are read anew every quarter of an hour.

    A profile with SSO, a login, a process or a role of another profile needs the extra `boto`.

    Args:
        name: of the profile; else AWS_DEFAULT_PROFILE or AWS_PROFILE, else `default`.
        config_file: a path; else AWS_CONFIG_FILE, else `~/.aws/config`.
        credentials_file: a path; else AWS_SHARED_CREDENTIALS_FILE, else `~/.aws/credentials`.

    Raises (when it is asked):
        CredentialsError: when there is no such profile, it has no credentials, or a file cannot be read.
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
    """Use the token in a file to assume a role at STS: pods of EKS with a service account's role (IRSA).

    Args:
        role_arn: else AWS_ROLE_ARN.
        token_file: its path, read at each renewal; else AWS_WEB_IDENTITY_TOKEN_FILE.
        session_name: what CloudTrail shows; else AWS_ROLE_SESSION_NAME, else a name with the time.
        region: whose STS is asked; else AWS_REGION or AWS_DEFAULT_REGION, else the global one.
        endpoint: the URL of STS; else AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL.

    Raises (when it is asked):
        CredentialsError: when there is no role or token, or STS refuses (`code` says why).
    """
    return WebIdentitySource(role_arn, token_file, session_name, region, endpoint)


def from_container() -> CredentialsProvider:
    """Use the endpoint beside a container, as ECS and EKS Pod Identity name it in the environment.

    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or _TOKEN. Without
    https it must lead to a loopback address, 169.254.170.2, 169.254.170.23 or fd00:ec2::23.

    Raises (when it is asked):
        CredentialsError: when neither is set, the URL is refused, or the endpoint fails.
    """
    return ContainerSource()


def from_instance() -> CredentialsProvider:
    """Use the role of an EC2 instance, by the second version of its metadata service (IMDSv2) alone.

    AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE count.

    Raises (when it is asked):
        CredentialsError: when it is switched off, does not answer within a second (twice), or there is no role.
    """
    return InstanceSource()


def from_boto(profile: str | None = None) -> CredentialsProvider:
    """Use whatever botocore finds, such as SSO or a chain of roles, in a worker thread; needs the extra `boto`.

    botocore's own log at the level DEBUG shows what its services answer.

    Args:
        profile: its name; else botocore's whole chain.

    Raises (when it is asked):
        CredentialsError: when botocore is not installed, fails, or finds none.
    """
    return BotoSource(profile)


set_module(globals(), (name for name in __all__ if name[0].isupper() and name != "CredentialsProvider"))
