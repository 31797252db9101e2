"""What our local pool refuses of SRP, by the arithmetic of pycognito, and for no other reason than the one tested.

In process, on a clock that the tests move. Each test sends the refused proof and then the right one.
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
# A Saturday; the fifth, so that a padded day can be told from one that is not.
START = datetime(2026, 9, 5, 12, 0, 0, tzinfo=timezone.utc)
NOW = "Sat Sep 5 12:00:00 UTC 2026"
INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
FIRST, SECOND = PoolSettings(id="us-east-1_First"), PoolSettings(id="us-east-1_Second")
PHONE, WEB = AppClientSettings(id="phoneclient"), AppClientSettings(id="webclient")
OTHER = AppClientSettings(id="otherpoolclient")


@functools.cache
def keys() -> SigningKeys:
    return SigningKeys.generate()


class Wire:
    """Two pools with the same people in them; the first has two app clients."""

    def __init__(self) -> None:
        self.clock = MovableClock(START)
        self._service = LocalService(clock=self.clock)
        for pool, clients in ((FIRST, (PHONE, WEB)), (SECOND, (OTHER,))):
            self._service.add_pool(pool, keys=keys())
            for client in clients:
                self._service.add_client(pool.id, client)

    async def start(self) -> Wire:
        for client in (PHONE, OTHER):
            for name in ("alice", "bob"):
                email = [{"Name": "email", "Value": f"{name}@example.com"}]
                await self.call("SignUp", ClientId=client.id, Username=name, Password=PASSWORD, UserAttributes=email)
                code = self._service.outbox[-1].code
                await self.call("ConfirmSignUp", ClientId=client.id, Username=name, ConfirmationCode=code)
        return self

    async def call(self, operation: str, **request: Any) -> Any:
        """The reply, or the code and the message of an error."""
        async with httpx.AsyncClient(transport=LocalTransport(self._service), trust_env=False) as http:
            headers = {
                "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
            }
            reply = await http.post("http://local/", headers=headers, content=json.dumps(request))
        told = reply.json()
        return told if reply.status_code == 200 else (told["__type"], told["message"])

    async def challenge(
        self, name: str, client: AppClientSettings = PHONE, pool: PoolSettings = FIRST, password: str = PASSWORD
    ) -> Challenge:
        # A client it must have, or it makes one of boto3's; none is used.
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
    """A challenge as pycognito sees it."""

    def __init__(self, srp: Any, parameters: dict[str, str]) -> None:
        self._srp = srp
        self._parameters = parameters
        self.block = parameters["SECRET_BLOCK"]

    def proof(self, *, written: str = NOW, signed: str | None = None, block: str | None = None) -> dict[str, str]:
        """The answer, with a timestamp as `written` and, unless it is the same, as `signed`."""
        given, block = self._parameters, block or self.block
        aws_srp = module("pycognito.aws_srp")
        key = self._srp.get_password_authentication_key(
            given["USER_ID_FOR_SRP"], self._srp.password, aws_srp.hex_to_long(given["SRP_B"]), given["SALT"]
        )
        text = self._srp.pool_id.split("_")[1] + given["USER_ID_FOR_SRP"]
        message = text.encode() + base64.b64decode(block) + (signed or written).encode()
        return {
            "USERNAME": given["USERNAME"],
            "TIMESTAMP": written,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode(),
        }


def accepted(reply: Any) -> bool:
    return isinstance(reply, dict) and "AccessToken" in reply["AuthenticationResult"]


def flipped(text: str, at: int) -> str:
    """Base64 with one bit of its bytes turned."""
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(data).decode()


async def test_a_wrong_password() -> None:
    wire = await Wire().start()
    assert await wire.answer((await wire.challenge("alice", password=WRONG)).proof()) == INCORRECT
    assert accepted(await wire.answer((await wire.challenge("alice")).proof()))


@pytest.mark.parametrize("at", [0, 15, 31])
async def test_a_wrong_signature(at: int) -> None:
    wire = await Wire().start()
    proof = (await wire.challenge("alice")).proof()
    wrong = {**proof, "PASSWORD_CLAIM_SIGNATURE": flipped(proof["PASSWORD_CLAIM_SIGNATURE"], at)}
    assert await wire.answer(wrong) == INCORRECT
    assert accepted(await wire.answer(proof))


async def test_a_signature_that_is_cut_or_empty_proves_nothing() -> None:
    wire = await Wire().start()
    proof = (await wire.challenge("alice")).proof()
    cut = base64.b64encode(base64.b64decode(proof["PASSWORD_CLAIM_SIGNATURE"])[:16]).decode()
    assert await wire.answer({**proof, "PASSWORD_CLAIM_SIGNATURE": cut}) == INCORRECT
    assert (await wire.answer({**proof, "PASSWORD_CLAIM_SIGNATURE": ""}))[0] == "InvalidParameterException"
    assert accepted(await wire.answer(proof))


@pytest.mark.parametrize("at", [0, 12, 600, -1])
async def test_an_altered_block_also_when_it_is_signed_as_altered(at: int) -> None:
    wire = await Wire().start()
    challenge = await wire.challenge("alice")
    altered = flipped(challenge.block, at)
    assert await wire.answer(challenge.proof(block=altered)) == INCORRECT
    assert await wire.answer({**challenge.proof(), "PASSWORD_CLAIM_SECRET_BLOCK": altered}) == INCORRECT
    assert accepted(await wire.answer(challenge.proof()))


@pytest.mark.parametrize("block", ["", "AAAA", "not base64!", base64.b64encode(bytes(1348)).decode()])
async def test_a_block_that_the_pool_never_made(block: str) -> None:
    wire = await Wire().start()
    proof = (await wire.challenge("alice")).proof()
    refused = await wire.answer({**proof, "PASSWORD_CLAIM_SECRET_BLOCK": block})
    missing = ("InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK")
    assert refused == (INCORRECT if block else missing)
    assert accepted(await wire.answer(proof))


async def test_the_block_of_another_user() -> None:
    """Bob, who knows his own password, gets nowhere as Alice."""
    wire = await Wire().start()
    alice, bob = await wire.challenge("alice"), await wire.challenge("bob")
    assert await wire.answer({**bob.proof(), "USERNAME": "alice"}) == INCORRECT
    assert await wire.answer(alice.proof(block=bob.block)) == INCORRECT
    assert await wire.answer(bob.proof(block=alice.block)) == INCORRECT
    assert accepted(await wire.answer(bob.proof())) and accepted(await wire.answer(alice.proof()))


async def test_the_block_of_an_earlier_handshake_of_the_same_user() -> None:
    """Its numbers are others: a proof fits only the block that it was made for."""
    wire = await Wire().start()
    earlier, later = await wire.challenge("alice"), await wire.challenge("alice")
    assert await wire.answer(later.proof(block=earlier.block)) == INCORRECT
    assert accepted(await wire.answer(later.proof())) and accepted(await wire.answer(earlier.proof()))


async def test_the_block_of_another_client() -> None:
    wire = await Wire().start()
    proof = (await wire.challenge("alice", PHONE)).proof()
    assert await wire.answer(proof, WEB) == INCORRECT
    assert accepted(await wire.answer(proof, PHONE))


async def test_the_block_of_another_pool() -> None:
    wire = await Wire().start()
    here, there = await wire.challenge("alice"), await wire.challenge("alice", OTHER, SECOND)
    assert await wire.answer(here.proof(), OTHER) == INCORRECT
    assert await wire.answer(here.proof(block=there.block), PHONE) == INCORRECT
    assert accepted(await wire.answer(here.proof())) and accepted(await wire.answer(there.proof(), OTHER))


async def test_a_block_of_another_service_with_the_same_pool() -> None:
    here, there = await Wire().start(), await Wire().start()
    proof = (await there.challenge("alice")).proof()
    assert await here.answer(proof) == INCORRECT
    assert accepted(await there.answer(proof))


async def test_a_block_expires() -> None:
    """The timestamp is right both times: what has expired is the challenge."""
    wire = await Wire().start()
    challenge = await wire.challenge("alice")
    wire.clock.advance(179)
    assert accepted(await wire.answer(challenge.proof(written="Sat Sep 5 12:02:59 UTC 2026")))
    wire.clock.advance(1)
    assert await wire.answer(challenge.proof(written="Sat Sep 5 12:03:00 UTC 2026")) == INCORRECT
    again = (await wire.challenge("alice")).proof(written="Sat Sep 5 12:03:00 UTC 2026")
    assert accepted(await wire.answer(again))


async def test_a_block_is_good_for_more_than_one_answer_until_then() -> None:
    wire = await Wire().start()
    proof = (await wire.challenge("alice")).proof()
    assert accepted(await wire.answer(proof)) and accepted(await wire.answer(proof))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("Sat Sep 05 12:00:00 UTC 2026", id="padded day"),
        pytest.param("Sun Sep 5 12:00:00 UTC 2026", id="wrong weekday"),
        pytest.param("sat sep 5 12:00:00 UTC 2026", id="lower case"),
        pytest.param("Sat Sep 5 12:00:00 GMT 2026", id="other name of the zone"),
    ],
)
async def test_a_timestamp_signed_as_it_should_not_be_written(written: str) -> None:
    """It is read all the same: signed as it should be written, it is accepted."""
    wire = await Wire().start()
    challenge = await wire.challenge("alice")
    assert await wire.answer(challenge.proof(written=written)) == INCORRECT
    assert accepted(await wire.answer(challenge.proof(written=written, signed=NOW)))


@pytest.mark.parametrize("written", ["Sat Sep 5 11:50:00 UTC 2026", "Sat Sep 5 12:10:00 UTC 2026"])
async def test_a_timestamp_far_from_the_pools_time(written: str) -> None:
    wire = await Wire().start()
    challenge = await wire.challenge("alice")
    assert await wire.answer(challenge.proof(written=written)) == INCORRECT
    assert accepted(await wire.answer(challenge.proof()))


@pytest.mark.parametrize(
    "written", ["Sat Sep 5 12:00:00 utc 2026", "2026-09-05T12:00:00Z", "Sa Sep 5 12:00:00 UTC 2026"]
)
async def test_a_timestamp_that_cannot_be_read(written: str) -> None:
    wire = await Wire().start()
    challenge = await wire.challenge("alice")
    unreadable = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
    assert await wire.answer(challenge.proof(written=written)) == ("InvalidParameterException", unreadable)
    assert accepted(await wire.answer(challenge.proof()))


@pytest.mark.parametrize("multiple", [0, 1, 2])
async def test_a_public_number_of_zero_is_refused_at_once(multiple: int) -> None:
    """With A = 0 modulo N anybody knows the shared secret."""
    wire = await Wire().start()
    srp_a = f"{int(module('pycognito.aws_srp').N_HEX, 16) * multiple:x}"
    refused = await wire.call(
        "InitiateAuth",
        ClientId=PHONE.id,
        AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": "alice", "SRP_A": srp_a},
    )
    assert refused[0] == "InvalidParameterException"
