"""Signing: every attempt anew, because a signature carries the time at which it was made."""

from __future__ import annotations

from .._credentials import AtOnce, Credentials, CredentialsProvider
from .._crypto.sigv4 import Signer
from .._ground.clock import Deadline
from .._ground.errors import CallTimeout, CognitoError, CredentialsError
from .._ground.operation import Authorization
from .base import RpcReply, RpcRequest, Transport
from .service_time import ServiceTime


class SigningTransport:
    """Signs the calls that need AWS credentials, and passes on the others without ever asking for any.

    Args:
        inner: sends the signed request.
        endpoint: the URL that it will be sent to; its host is signed.
        credentials: asked for at each attempt of a signed call.
        region: of the user pool.
        service_time: dates the signature, so that a wrong clock here does not spoil it.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        endpoint: str,
        credentials: CredentialsProvider,
        region: str,
        service_time: ServiceTime,
    ) -> None:
        self._inner = inner
        self._signer = Signer(endpoint, region)
        self._credentials = credentials
        self._service_time = service_time

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        if request.authorization is Authorization.SIGV4:
            request = self._signed(request, await self._ask(request, deadline))
        return await self._inner.send(request, deadline)

    async def _ask(self, request: RpcRequest, deadline: Deadline) -> Credentials:
        at_once = isinstance(self._credentials, AtOnce)
        outcome = await self._outcome() if at_once else await self._outcome_in_time(deadline)
        if isinstance(outcome, Credentials):
            return outcome
        outcome.operation = request.operation
        raise outcome

    async def _outcome_in_time(self, deadline: Deadline) -> Credentials | CognitoError:
        with deadline.scope():
            return await self._outcome()
        return CallTimeout("no AWS credentials within the call's time limit; nothing was sent")

    async def _outcome(self) -> Credentials | CognitoError:
        try:
            return _checked(await self._credentials())
        except CognitoError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the caller's own code may raise anything
            return CredentialsError(f"the provider of AWS credentials failed with {type(error).__name__}")

    def _signed(self, request: RpcRequest, credentials: Credentials) -> RpcRequest:
        signature = self._signer.sign(
            request.wire_headers(),
            request.body,
            access_key_id=credentials.access_key_id,
            secret_access_key=credentials.secret_access_key,
            session_token=credentials.session_token,
            at=self._service_time.now(),
        )
        return request.with_headers(signature)


def _checked(answer: object) -> Credentials | CognitoError:
    if isinstance(answer, Credentials):
        return answer
    return CredentialsError("the provider of AWS credentials returned something else than Credentials")
