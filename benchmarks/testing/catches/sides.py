"""The two sides on which each test runs: the local pool of cognito_async, and moto."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

import boto3
import freezegun
from botocore.config import Config
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from cognito_async.local import LocalUserPool, PoolSettings, Triggers

REGION = "us-east-1"
OPTIONS = {"region_name": REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
# freezegun would load each module of the package while the time is frozen, and pydantic then refuses `datetime`.
freezegun.configure(extend_ignore_list=["cognito_async"])
NO_RETRY = Config(retries={"total_max_attempts": 1})


Call = Callable[[], object]


class NotThere(Exception):
    """This side has no way to do it."""


class Side(Protocol):
    def client(self, service: str = "cognito-idp", config: Config | None = None) -> Any: ...
    def now(self) -> datetime: ...
    def advance(self, seconds: float) -> None: ...
    def throttle(self, operation: str) -> None: ...
    def lose_reply(self, operation: str) -> None: ...
    def pool_with_trigger(self, source: str) -> str: ...
    def administrator(self) -> tuple[str, str]:
        """Return the access key of an administrator who has no permissions, if the side knows any."""
        ...

    def with_permissions(self, call: Call) -> Call:
        """Return the call, with which AWS credentials and permissions are checked."""
        ...


REFUSE = """
def handler(event, context):
    raise PermissionError("only for colleagues")
"""


@dataclass
class Ours:
    """The local pool, served, because boto3 cannot call it otherwise."""

    local: LocalUserPool
    endpoint: str

    def client(self, service: str = "cognito-idp", config: Config | None = None) -> Any:
        keys = self.local.credentials
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            config=config or NO_RETRY,
        )

    def now(self) -> datetime:
        return self.local.clock.now()

    def advance(self, seconds: float) -> None:
        self.local.clock.advance(seconds)

    def throttle(self, operation: str) -> None:
        self.local.faults.throttle(operation)

    def lose_reply(self, operation: str) -> None:
        self.local.faults.lose_reply(operation)

    def pool_with_trigger(self, source: str) -> str:
        return self.local.settings.id

    def administrator(self) -> tuple[str, str]:
        keys = self.local.credentials
        return keys.access_key_id, keys.secret_access_key

    def with_permissions(self, call: Call) -> Call:
        return call


@contextmanager
def ours() -> Iterator[Ours]:
    functions: dict[str, Any] = {}
    exec(REFUSE, functions)
    local = LocalUserPool(PoolSettings(triggers=Triggers.from_lambda(pre_sign_up=functions["handler"])))
    with local.serve() as server:
        yield Ours(local, server.endpoint)


class Moto:
    """moto in this process, with its documented options: authenticator apps, and functions without Docker."""

    def __init__(self, frozen: Any) -> None:
        self._frozen = frozen

    def client(self, service: str = "cognito-idp", config: Config | None = None) -> Any:
        return boto3.client(service, **OPTIONS, config=config or NO_RETRY)

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def advance(self, seconds: float) -> None:
        self._frozen.tick(seconds)

    def throttle(self, operation: str) -> None:
        raise NotThere("moto adds no faults; a test can patch boto3, which is then not tested")

    lose_reply = throttle

    def pool_with_trigger(self, source: str) -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            package.writestr("function.py", REFUSE)
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = self.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        arn = self.client("lambda").create_function(
            FunctionName="function",
            Runtime="python3.13",
            Role=role,
            Handler="function.handler",
            Code={"ZipFile": packed.getvalue()},
        )["FunctionArn"]
        made = self.client().create_user_pool(PoolName="triggers", LambdaConfig={source: arn})
        return str(made["UserPool"]["Id"])

    def administrator(self) -> tuple[str, str]:
        identities = self.client("iam")
        identities.create_user(UserName="administrator")
        made = identities.create_access_key(UserName="administrator")["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def with_permissions(self, call: Call) -> Call:
        checked: Call = set_initial_no_auth_action_count(0)(call)
        return checked


@contextmanager
def moto() -> Iterator[Moto]:
    with freezegun.freeze_time() as frozen, mock_aws(config={"lambda": {"use_docker": False}}):
        yield Moto(frozen)


SIDES: dict[str, Callable[[], AbstractContextManager[Any]]] = {"cognito_async": ours, "moto": moto}
