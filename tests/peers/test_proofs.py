"""Wrong SRP proofs that our local pool must refuse, computed with pycognito's arithmetic.

The pool runs in the test's process with a movable clock. Each test sends a wrong proof and then the right one. If the
pool accepts the second, it has refused the first only for the tested reason.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from cognito_async._local.state.signing_keys import SigningKeys
from cognito_async.local import AppClientSettings, LocalService, LocalTransport, MovableClock, PoolSettings

from .running import module

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD, WRONG = "Passw0rd!", "Passw1rd!"
# A day of the month with one digit, so that a timestamp with a zero-padded day would differ.
START = datetime(2026, 9, 5, 12, 0, 0, tzinfo=timezone.utc)
NOW = "Sat Sep 5 12:00:00 UTC 2026"
INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
FIRST, SECOND = PoolSettings(id="us-east-1_First"), PoolSettings(id="us-east-1_Second")
PHONE, WEB = AppClientSettings(id="phoneclient"), AppClientSettings(id="webclient")
OTHER = AppClientSettings(id="otherpoolclient")


@functools.cache
def keys() -> SigningKeys:
    return SigningKeys.generate()


class TwoPools:
    """Two pools with the same users. The first pool has two app clients."""

    def __init__(self) -> None:
        self.clock = MovableClock(START)
        self._service = LocalService(clock=self.clock)
        for pool, clients in ((FIRST, (PHONE, WEB)), (SECOND, (OTHER,))):
            self._service.add_pool(pool, keys=keys())
            for client in clients:
                self._service.add_client(pool.id, client)

    async def start(self) -> TwoPools:
        for client in (PHONE, OTHER):
            for name in ("alice", "bob"):
                email = [{"Name": "email", "Value": f"{name}@example.com"}]
                await self.call("SignUp", ClientId=client.id, Username=name, Password=PASSWORD, UserAttributes=email)
                code = self._service.outbox[-1].code
                await self.call("ConfirmSignUp", ClientId=client.id, Username=name, ConfirmationCode=code)
        return self

    async def call(self, operation: str, **request: Any) -> Any:
        """Make a call, and return its reply, or the code and message of its error."""
        async with httpx.AsyncClient(transport=LocalTransport(self._service), trust_env=False) as http:
            headers = {
                "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
            }
            reply = await http.post("http://local/", headers=headers, content=json.dumps(request))
        body = reply.json()
        return body if reply.status_code == 200 else (body["__type"], body["message"])

    async def challenge(
        self, name: str, client: AppClientSettings = PHONE, pool: PoolSettings = FIRST, password: str = PASSWORD
    ) -> Challenge:
        # Pass any object as the client, because otherwise AWSSRP creates a boto3 client that this test does not need.
        srp = module("pycognito.aws_srp").AWSSRP(name, password, pool.id, client.id, client=object())
        asked = await self.call(
            "InitiateAuth", ClientId=client.id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params()
        )
        return Challenge(srp, asked["ChallengeParameters"])

    async def answer(self, responses: dict[str, str], client: AppClientSettings = PHONE) -> Any:
        return await self.call(
            "RespondToAuthChallenge",
            ClientId=client.id,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )


class Challenge:
    """A challenge, and pycognito's answer to it."""

    def __init__(self, srp: Any, parameters: dict[str, str]) -> None:
        self._srp = srp
        self._parameters = parameters
        self.block = parameters["SECRET_BLOCK"]

    def proof(self, *, written: str = NOW, signed: str | None = None, block: str | None = None) -> dict[str, str]:
        """Return the answer to the challenge.

        Args:
            written: the timestamp in the answer.
            signed: the timestamp over which the signature is computed; by default, `written`.
            block: the secret block; by default, that of the challenge.
        """
        given, block = self._parameters, block or self.block
        aws_srp = module("pycognito.aws_srp")
        key = self._srp.get_password_authentication_key(
            given["USER_ID_FOR_SRP"], self._srp.password, aws_srp.hex_to_long(given["SRP_B"]), given["SALT"]
        )
        names = self._srp.pool_id.split("_")[1] + given["USER_ID_FOR_SRP"]
        message = names.encode() + base64.b64decode(block) + (signed or written).encode()
        return {
            "USERNAME": given["USERNAME"],
            "TIMESTAMP": written,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode(),
        }


def accepted(reply: Any) -> bool:
    return isinstance(reply, dict) and "AccessToken" in reply["AuthenticationResult"]


def flipped(text: str, at: int) -> str:
    """Flip one bit of the byte `at` in a base64 string."""
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(data).decode()


async def test_wrong_password() -> None:
    pools = await TwoPools().start()
    assert await pools.answer((await pools.challenge("alice", password=WRONG)).proof()) == INCORRECT
    assert accepted(await pools.answer((await pools.challenge("alice")).proof()))


@pytest.mark.parametrize("at", [0, 15, 31])
async def test_wrong_signature(at: int) -> None:
    pools = await TwoPools().start()
    proof = (await pools.challenge("alice")).proof()
    wrong = {**proof, "PASSWORD_CLAIM_SIGNATURE": flipped(proof["PASSWORD_CLAIM_SIGNATURE"], at)}
    assert await pools.answer(wrong) == INCORRECT
    assert accepted(await pools.answer(proof))


async def test_short_or_empty_signature() -> None:
    pools = await TwoPools().start()
    proof = (await pools.challenge("alice")).proof()
    cut = base64.b64encode(base64.b64decode(proof["PASSWORD_CLAIM_SIGNATURE"])[:16]).decode()
    assert await pools.answer({**proof, "PASSWORD_CLAIM_SIGNATURE": cut}) == INCORRECT
    assert (await pools.answer({**proof, "PASSWORD_CLAIM_SIGNATURE": ""}))[0] == "InvalidParameterException"
    assert accepted(await pools.answer(proof))


@pytest.mark.parametrize("at", [0, 12, 600, -1])
async def test_altered_block_with_or_without_a_matching_signature(at: int) -> None:
    pools = await TwoPools().start()
    challenge = await pools.challenge("alice")
    altered = flipped(challenge.block, at)
    assert await pools.answer(challenge.proof(block=altered)) == INCORRECT
    assert await pools.answer({**challenge.proof(), "PASSWORD_CLAIM_SECRET_BLOCK": altered}) == INCORRECT
    assert accepted(await pools.answer(challenge.proof()))


@pytest.mark.parametrize("block", ["", "AAAA", "not base64!", base64.b64encode(bytes(1348)).decode()])
async def test_block_that_the_pool_did_not_create(block: str) -> None:
    pools = await TwoPools().start()
    proof = (await pools.challenge("alice")).proof()
    refused = await pools.answer({**proof, "PASSWORD_CLAIM_SECRET_BLOCK": block})
    missing = ("InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK")
    assert refused == (INCORRECT if block else missing)
    assert accepted(await pools.answer(proof))


async def test_block_of_another_user() -> None:
    """Bob cannot sign in as Alice with his own password."""
    pools = await TwoPools().start()
    alice, bob = await pools.challenge("alice"), await pools.challenge("bob")
    assert await pools.answer({**bob.proof(), "USERNAME": "alice"}) == INCORRECT
    assert await pools.answer(alice.proof(block=bob.block)) == INCORRECT
    assert await pools.answer(bob.proof(block=alice.block)) == INCORRECT
    assert accepted(await pools.answer(bob.proof())) and accepted(await pools.answer(alice.proof()))


async def test_block_of_an_earlier_handshake() -> None:
    """A proof is valid only with the block of its own handshake, because the numbers of every handshake differ."""
    pools = await TwoPools().start()
    earlier, later = await pools.challenge("alice"), await pools.challenge("alice")
    assert await pools.answer(later.proof(block=earlier.block)) == INCORRECT
    assert accepted(await pools.answer(later.proof())) and accepted(await pools.answer(earlier.proof()))


async def test_block_of_another_client() -> None:
    pools = await TwoPools().start()
    proof = (await pools.challenge("alice", PHONE)).proof()
    assert await pools.answer(proof, WEB) == INCORRECT
    assert accepted(await pools.answer(proof, PHONE))


async def test_block_of_another_pool() -> None:
    pools = await TwoPools().start()
    first, second = await pools.challenge("alice"), await pools.challenge("alice", OTHER, SECOND)
    assert await pools.answer(first.proof(), OTHER) == INCORRECT
    assert await pools.answer(first.proof(block=second.block), PHONE) == INCORRECT
    assert accepted(await pools.answer(first.proof())) and accepted(await pools.answer(second.proof(), OTHER))


async def test_block_of_another_server_with_the_same_pool() -> None:
    first, second = await TwoPools().start(), await TwoPools().start()
    proof = (await second.challenge("alice")).proof()
    assert await first.answer(proof) == INCORRECT
    assert accepted(await second.answer(proof))


async def test_block_expires_after_180_seconds() -> None:
    """Both timestamps are right; only the challenge has expired."""
    pools = await TwoPools().start()
    challenge = await pools.challenge("alice")
    pools.clock.advance(179)
    assert accepted(await pools.answer(challenge.proof(written="Sat Sep 5 12:02:59 UTC 2026")))
    pools.clock.advance(1)
    assert await pools.answer(challenge.proof(written="Sat Sep 5 12:03:00 UTC 2026")) == INCORRECT
    again = (await pools.challenge("alice")).proof(written="Sat Sep 5 12:03:00 UTC 2026")
    assert accepted(await pools.answer(again))


async def test_block_is_valid_for_several_answers() -> None:
    pools = await TwoPools().start()
    proof = (await pools.challenge("alice")).proof()
    assert accepted(await pools.answer(proof)) and accepted(await pools.answer(proof))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("Sat Sep 05 12:00:00 UTC 2026", id="padded day"),
        pytest.param("Sun Sep 5 12:00:00 UTC 2026", id="wrong weekday"),
        pytest.param("sat sep 5 12:00:00 UTC 2026", id="lower case"),
        pytest.param("Sat Sep 5 12:00:00 GMT 2026", id="other name of the zone"),
    ],
)
async def test_signature_over_a_noncanonical_timestamp(written: str) -> None:
    """The pool can read the timestamp, so it accepts a signature over the canonical form."""
    pools = await TwoPools().start()
    challenge = await pools.challenge("alice")
    assert await pools.answer(challenge.proof(written=written)) == INCORRECT
    assert accepted(await pools.answer(challenge.proof(written=written, signed=NOW)))


@pytest.mark.parametrize("written", ["Sat Sep 5 11:50:00 UTC 2026", "Sat Sep 5 12:10:00 UTC 2026"])
async def test_timestamp_far_from_the_pools_time(written: str) -> None:
    pools = await TwoPools().start()
    challenge = await pools.challenge("alice")
    assert await pools.answer(challenge.proof(written=written)) == INCORRECT
    assert accepted(await pools.answer(challenge.proof()))


@pytest.mark.parametrize(
    "written", ["Sat Sep 5 12:00:00 utc 2026", "2026-09-05T12:00:00Z", "Sa Sep 5 12:00:00 UTC 2026"]
)
async def test_unreadable_timestamp(written: str) -> None:
    pools = await TwoPools().start()
    challenge = await pools.challenge("alice")
    unreadable = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
    assert await pools.answer(challenge.proof(written=written)) == ("InvalidParameterException", unreadable)
    assert accepted(await pools.answer(challenge.proof()))


@pytest.mark.parametrize("multiple", [0, 1, 2])
async def test_public_value_of_zero_is_refused_immediately(multiple: int) -> None:
    """If A is 0 modulo N, a client can compute the shared secret without the password."""
    pools = await TwoPools().start()
    srp_a = f"{int(module('pycognito.aws_srp').N_HEX, 16) * multiple:x}"
    refused = await pools.call(
        "InitiateAuth",
        ClientId=PHONE.id,
        AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": "alice", "SRP_A": srp_a},
    )
    assert refused[0] == "InvalidParameterException"
