"""The layer that signs calls. It signs every attempt separately, because a signature contains its time."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from .._core.clock import Deadline
from .._core.errors import CallTimeout, CognitoError, CredentialsError
from .._core.operation import Authorization
from .._core.secret import Secret
from .._crypto.sigv4 import Signer
from .faults import fault
from .identity import Credentials, CredentialsProvider, StaticCredentials
from .rpc import RpcReply, RpcRequest, Transport
from .service_time import ServiceTime
from .settings.service_location import ServiceLocation

# Codes with which the service or an emulator refuses a signature that has a wrong time.
_OUT_OF_TIME = frozenset(
    {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "AuthFailure"}
)
# The service accepts a difference of five minutes. If the `Date` of its refusal changes the offset by this much or
# more, the local clock was wrong.
_SIGNIFICANT = timedelta(minutes=4)


class SigningTransport:
    """The layer that signs the calls that need AWS credentials. It sends all others unchanged.

    Args:
        inner: sends the signed request.
        location: where the service is; a signature contains its host and region.
        service: name of the service in signatures.
        credentials: the provider of the credentials, called for each attempt of a signed call.
        service_time: the time for signatures, so that they are valid even if the local clock is wrong.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        location: ServiceLocation,
        service: str,
        credentials: CredentialsProvider,
        service_time: ServiceTime,
    ) -> None:
        self._inner = inner
        self._location = location
        self._service = service
        self._signer: Signer | None = None
        self._credentials = credentials
        self._service_time = service_time

    def send(self, request: RpcRequest, deadline: Deadline) -> Coroutine[Any, Any, RpcReply]:
        is_signed = request.authorization is Authorization.SIGV4
        return self._send_signed(request, deadline) if is_signed else self._inner.send(request, deadline)

    async def _send_signed(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        signer = self._signer or await self._make_signer(request, deadline)
        credentials = await self._ask(request, deadline)
        offset = self._service_time.offset
        reply = await self._inner.send(self._signed(request, credentials, signer), deadline)
        if reply.status_code == 200 or abs(self._service_time.offset - offset) < _SIGNIFICANT:
            return reply
        if fault(request, reply).code not in _OUT_OF_TIME:
            return reply
        # The local clock is wrong. The service did nothing, and its refusal has corrected `service_time`: send again.
        return await self._inner.send(self._signed(request, credentials, signer), deadline)

    async def _ask(self, request: RpcRequest, deadline: Deadline) -> Credentials:
        try:
            if isinstance(self._credentials, StaticCredentials):
                return await self._credentials()
            return await self._ask_in_time(deadline)
        except CognitoError as error:
            error.operation = request.operation
            raise
        except Exception as error:  # noqa: BLE001 - the caller's own code may raise anything
            problem = type(error).__name__
        raise CredentialsError(f"the credentials= callable failed with {problem}", operation=request.operation)

    async def _ask_in_time(self, deadline: Deadline) -> Credentials:
        with deadline.scope():
            return await self._credentials()
        raise CallTimeout("timed out waiting for AWS credentials; nothing was sent")

    async def _make_signer(self, request: RpcRequest, deadline: Deadline) -> Signer:
        try:
            where = await self._location.get(deadline)
        except CognitoError as error:
            error.operation = request.operation
            raise
        self._signer = Signer(where.url.origin.authority, where.url.target, where.region, self._service)
        return self._signer

    def _signed(self, request: RpcRequest, credentials: Credentials, signer: Signer) -> RpcRequest:
        session_token = Secret.maybe(credentials.session_token)
        if session_token is not None and session_token not in request.secrets:
            # The service repeats all signed headers in its message about a wrong signature.
            request.secrets = (*request.secrets, session_token)
        signature = signer.sign(
            request.wire_headers(),
            request.body,
            access_key_id=credentials.access_key_id,
            secret_access_key=Secret(credentials.secret_access_key),
            session_token=session_token,
            at=self._service_time.now(),
        )
        return request.with_headers(signature)
