"""Signing: every attempt anew, because a signature carries the time at which it was made."""

from __future__ import annotations

from datetime import timedelta

from .._core.clock import Deadline
from .._core.errors import CallTimeout, CognitoError, CredentialsError
from .._core.operation import Authorization
from .._core.secret import Secret
from .._crypto.sigv4 import Signer
from .faults import fault
from .identity import AtOnce, Credentials, CredentialsProvider
from .rpc import RpcReply, RpcRequest, Transport
from .service_time import ServiceTime

# What a signature of another time is refused with, by the service and by what stands in for it.
_OUT_OF_TIME = frozenset(
    {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "AuthFailure"}
)
# The service takes five minutes.
_MATTERS = timedelta(minutes=4)


class SigningTransport:
    """Signs the calls that need AWS credentials, and passes on the others without ever asking for any.

    Args:
        inner: sends the signed request.
        signer: for the URL that it will be sent to.
        credentials: asked for at each attempt of a signed call.
        service_time: dates the signature, so that a wrong clock here does not spoil it.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        signer: Signer,
        credentials: CredentialsProvider,
        service_time: ServiceTime,
    ) -> None:
        self._inner = inner
        self._signer = signer
        self._credentials = credentials
        self._service_time = service_time

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        if request.authorization is not Authorization.SIGV4:
            return await self._inner.send(request, deadline)
        credentials = await self._ask(request, deadline)
        offset = self._service_time.offset
        reply = await self._inner.send(self._signed(request, credentials), deadline)
        if reply.status_code == 200 or abs(self._service_time.offset - offset) < _MATTERS:
            return reply
        if fault(request, reply).code not in _OUT_OF_TIME:
            return reply
        # Nothing was done, and the refusal came with the time at the service: this machine's clock is wrong.
        return await self._inner.send(self._signed(request, credentials), deadline)

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
            return await self._credentials()
        except CognitoError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the caller's own code may raise anything
            return CredentialsError(f"the provider of AWS credentials failed with {type(error).__name__}")

    def _signed(self, request: RpcRequest, credentials: Credentials) -> RpcRequest:
        signature = self._signer.sign(
            request.wire_headers(),
            request.body,
            access_key_id=credentials.access_key_id,
            secret_access_key=Secret(credentials.secret_access_key),
            session_token=Secret.maybe(credentials.session_token),
            at=self._service_time.now(),
        )
        return request.with_headers(signature)
