"""Random sign-ins at a local pool: hypothesis chooses the pool's settings, the users and the order of the steps.

Each step runs on asyncio or trio, and these rules must hold. Users get only their own sessions. An ended session stays
ended. The client sends the newest `Session`. No secret is shown in results, errors and logs.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio
import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from cognito_async import MemoryStore, SignInResult, UserPool, challenges, errors
from cognito_async._aws._generated.common import AttributeType
from cognito_async.local import (
    AppClientSettings,
    LocalTransport,
    LocalUserPool,
    PoolSettings,
)
from cognito_async.lowlevel import admin_users, invoke
from tests.simulated_accounts import TRIGGERS, Account, LogText, OpenChallenge, Session, Witness
from tests.simulated_answers import Answers, give_wrong_answer
from tests.sizes import examples

T = TypeVar("T")
KEY = "k" * 32
SECRET = "machine0client0secret0machine0"
VALIDITY = 180
WRONG_ANSWERS = (
    errors.CodeMismatchException,
    errors.NotAuthorizedException,
    errors.InvalidPasswordException,
    errors.EnableSoftwareTokenMFAException,
    errors.InvalidParameterException,
)
BACKENDS = st.sampled_from(["asyncio", "trio"])
FLOWS = st.sampled_from(["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "CUSTOM_AUTH with SRP", "USER_AUTH"])


class SignIns(RuleBasedStateMachine):
    opened: Bundle[OpenChallenge] = Bundle("opened")
    sessions: Bundle[Session] = Bundle("sessions")

    @initialize(
        mfa=st.sampled_from(["OFF", "OPTIONAL", "ON"]),
        tracking=st.sampled_from(["OFF", "ALWAYS", "OPT_IN"]),
        secret=st.sampled_from([None, SECRET]),
        hides=st.sampled_from(["LEGACY", "ENABLED"]),
    )
    def create_pool_and_accounts(self, mfa: Any, tracking: Any, secret: str | None, hides: Any) -> None:
        self.local = LocalUserPool(
            PoolSettings(
                auto_verified=("email",),
                mfa=mfa,
                device_tracking=tracking,
                first_factors=("PASSWORD",) if mfa == "ON" else ("PASSWORD", "EMAIL_OTP", "SMS_OTP"),
                triggers=TRIGGERS,
            ),
            AppClientSettings(secret=secret, prevent_user_existence_errors=hides, auth_session_validity=VALIDITY),
        )
        self.witness = Witness(LocalTransport(self.local.service))
        self.answers = Answers(self.local.clock, self.witness.secrets)
        self.texts: list[str] = []
        self.log = LogText()
        self.root = logging.getLogger()
        self.level = self.root.level
        self.root.addHandler(self.log)
        self.root.setLevel(logging.DEBUG)
        self.pool = self._pool()
        self.accounts = [
            Account("alice", "Alice-passw0rd"),
            Account("bob", "Bob-temporary-passw0rd"),
            Account("carol", "Carol-passw0rd"),
        ]
        alice, bob, carol = self.accounts
        for account in (alice, carol):
            self.do("asyncio", partial(self._sign_up, account))
        self.do("asyncio", lambda: self._invite(bob))
        self.witness.secrets |= {KEY, *(account.password for account in self.accounts)}

    def _pool(self) -> UserPool:
        return UserPool(
            self.local.settings.id,
            self.local.client.id,
            client_secret=self.local.client.secret,
            http_client=httpx.AsyncClient(transport=self.witness, trust_env=False),
            clock=self.local.clock,
            credentials=self.local.credentials,
        )

    async def _sign_up(self, account: Account) -> None:
        attributes = {"email": f"{account.name}@example.com", "phone_number": f"+49{sum(account.name.encode()):05}"}
        await self.pool.sign_up(account.name, account.password, attributes=attributes)
        await self.pool.confirm_sign_up(account.name, self.local.outbox[-1].code)

    async def _invite(self, account: Account) -> None:
        request = admin_users.AdminCreateUserRequest(
            user_pool_id=self.pool.user_pool_id,
            username=account.name,
            temporary_password=account.password,
            user_attributes=[
                AttributeType(name="email", value=f"{account.name}@example.com"),
                AttributeType(name="email_verified", value="true"),
            ],
        )
        await invoke(self.pool, admin_users.ADMIN_CREATE_USER, request)

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.root.removeHandler(self.log)
            self.root.setLevel(self.level)

    def do(self, backend: str, work: Callable[[], Awaitable[T]]) -> T | errors.CognitoError:
        """Run one step on a new event loop, and record its result or error for the search for secrets."""
        self.witness.exchanges.clear()

        async def run() -> T | errors.CognitoError:
            try:
                return await work()
            except errors.CognitoError as error:
                return error

        outcome = anyio.run(run, backend=backend)
        self.witness.secrets |= {message.code for message in self.local.outbox}
        self.texts += [repr(outcome), str(outcome)]
        return outcome

    def _to_bundle_value(self, account: Account, outcome: SignInResult | errors.CognitoError) -> Any:
        """Return the value for a bundle: a `Session` if the user is signed in, otherwise the next challenge."""
        assert isinstance(outcome, SignInResult), repr(outcome)
        assert outcome.user.username == account.name
        self.texts.append(outcome.model_dump_json())
        if outcome.challenge is None:
            claims = outcome.tokens.unverified_access_claims
            assert claims["username"] == account.name
            assert (outcome.user.device_secret is None) == ("device_key" not in claims)
            return Session(account, outcome.user)
        # Store this challenge's code now: another code may be sent before this challenge is answered.
        code = next((each.code for each in reversed(self.local.outbox) if each.username == account.name), "")
        asked_at = self.local.clock.now().timestamp()
        return OpenChallenge(account, outcome.challenge, asked_at, account.store, code, account.changes)

    @rule(target=opened, backend=BACKENDS, index=st.integers(0, 2), flow=FLOWS, same_device=st.booleans())
    def begin_sign_in(self, backend: str, index: int, flow: str, same_device: bool) -> Any:
        account = self.accounts[index]
        if not same_device:
            account.store = MemoryStore()
        auth, (name, _, with_srp) = self._pool().auth(store=account.store), flow.partition(" ")
        password = account.password if name in ("USER_SRP_AUTH", "USER_PASSWORD_AUTH") or with_srp else None
        flow_name: Any = name
        outcome = self.do(backend, lambda: auth.sign_in(account.name, password, flow=flow_name))
        value = self._to_bundle_value(account, outcome)
        return value if isinstance(value, OpenChallenge) else multiple()

    @rule(target=sessions, backend=BACKENDS, item=consumes(opened), resumed=st.booleans(), choice=st.integers(0, 9))
    def answer_correctly(self, backend: str, item: OpenChallenge, resumed: bool, choice: int) -> Any:
        sets_up = False
        for _ in range(9):
            sets_up = sets_up or isinstance(item.challenge, challenges.MfaSetup)
            expired = self.local.clock.now().timestamp() - item.asked_at >= VALIDITY
            superseded = item.may_be_superseded
            challenge, session = item.challenge, item.challenge.session
            if resumed:
                state = challenge.to_state(KEY)
                self.texts.append(state)
                challenge = self._pool().auth(store=item.store).resume(state, KEY)
            outcome = self.do(backend, partial(self.answers.give_right_answer, item, challenge, choice))
            self._check_sessions(session)
            if expired:
                assert isinstance(outcome, errors.NotAuthorizedException), repr(outcome)
                return multiple()
            if superseded and isinstance(outcome, errors.NotAuthorizedException):
                return multiple()
            value = self._to_bundle_value(item.account, outcome)
            if isinstance(value, Session):
                item.account.changes += sets_up
                return value
            # The next challenge belongs to the same sign-in: keep its store, and the number of changes at its start.
            value.store, value.changes = item.store, min(value.changes, item.changes)
            item = value
        raise AssertionError("nine right answers are enough for any sign-in")

    @rule(backend=BACKENDS, item=opened)
    def answer_wrongly(self, backend: str, item: OpenChallenge) -> None:
        if isinstance(item.challenge, challenges.CustomChallenge):
            return  # a wrong answer is no error: the trigger asks again
        if item.account.wrong_answers == 4:
            return  # the fifth in a row would lock the account
        item.account.wrong_answers += 1
        outcome = self.do(backend, lambda: give_wrong_answer(item.challenge))
        assert isinstance(outcome, WRONG_ANSWERS), repr(outcome)

    @rule(backend=BACKENDS, item=sessions)
    def read_attributes(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.attributes)
        if item.user.signed_in and not isinstance(outcome, errors.CognitoError):
            assert outcome["email"] == f"{item.account.name}@example.com"
        else:
            assert isinstance(outcome, (errors.NotSignedIn, errors.NotAuthorizedException, errors.SessionExpired))

    @rule(backend=BACKENDS, item=sessions)
    def refresh(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.refresh)
        if isinstance(outcome, errors.CognitoError):
            assert isinstance(outcome, (errors.NotSignedIn, errors.SessionExpired)), repr(outcome)
        else:
            assert outcome.unverified_access_claims["username"] == item.account.name

    @rule(backend=BACKENDS, item=sessions)
    def get_valid_tokens(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.session)
        if isinstance(outcome, errors.CognitoError):
            assert isinstance(outcome, (errors.NotSignedIn, errors.SessionExpired)), repr(outcome)
            assert not item.user.signed_in
        else:
            assert outcome is item.user.tokens
            assert outcome.expires_at is not None and outcome.expires_at > self.local.clock.now()

    @rule(backend=BACKENDS, item=consumes(sessions), everywhere=st.booleans())
    def sign_out(self, backend: str, item: Session, everywhere: bool) -> None:
        copied = item.user.tokens if item.user.signed_in else None
        outcome = self.do(backend, lambda: item.user.sign_out(global_=everywhere))
        assert not isinstance(outcome, errors.CognitoError) and not item.user.signed_in
        assert isinstance(self.do(backend, item.user.attributes), errors.NotSignedIn)
        if copied is not None:
            # Copies of the tokens are useless.
            again = self.pool.user_from_tokens(copied)
            assert isinstance(
                self.do(backend, again.attributes), (errors.NotAuthorizedException, errors.SessionExpired)
            )
            assert isinstance(self.do(backend, self.pool.user_from_tokens(copied).refresh), errors.SessionExpired)

    @rule(backend=BACKENDS, item=sessions, second=st.sampled_from(["totp", "sms", "none"]))
    def change_second_factor(self, backend: str, item: Session, second: str) -> None:
        async def change() -> None:
            user = item.user
            item.account.changes += 1
            match second:
                case "totp":
                    setup = await user.setup_totp()
                    self.answers.hide(setup.secret)
                    await setup.verify(self.answers.totp(setup.secret))
                    item.account.totp_secret = setup.secret
                    await user.set_mfa_preference(totp="PREFERRED")
                case "sms":
                    await user.set_mfa_preference(sms="ENABLED")
                case _:
                    await user.set_mfa_preference(sms="DISABLED", totp="DISABLED")

        outcome = self.do(backend, change)
        allowed = (
            errors.NotSignedIn,
            errors.NotAuthorizedException,
            errors.SessionExpired,
            errors.SoftwareTokenMFANotFoundException,
            errors.InvalidParameterException,
        )
        assert outcome is None or isinstance(outcome, allowed), repr(outcome)

    @rule(backend=BACKENDS, item=sessions, action=st.sampled_from(["remember", "not", "forget"]))
    def change_device(self, backend: str, item: Session, action: str) -> None:
        async def change() -> None:
            if action == "forget":
                await item.user.forget_device()
            else:
                await item.user.remember_device(remembered=action == "remember")

        outcome = self.do(backend, change)
        allowed = (
            errors.ConfigurationError,
            errors.NotSignedIn,
            errors.NotAuthorizedException,
            errors.SessionExpired,
            errors.ResourceNotFoundException,
        )
        assert outcome is None or isinstance(outcome, allowed), repr(outcome)

    @rule(seconds=st.sampled_from([1, 31, 181, 3601]))
    def advance_clock(self, seconds: int) -> None:
        self.local.clock.advance(seconds)

    @invariant()
    def no_secret_is_shown(self) -> None:
        if not hasattr(self, "log"):
            return
        shown = "".join([*self.texts, self.log.text])
        self.texts.clear()
        self.log.text = ""
        for secret in self.witness.secrets:
            assert secret not in shown, "a secret was shown"

    def _check_sessions(self, newest: str | None) -> None:
        """Assert that each request that needs a `Session` sends the one of the previous reply."""
        for operation, body, reply in self.witness.exchanges:
            if operation in ("RespondToAuthChallenge", "AssociateSoftwareToken", "VerifySoftwareToken"):
                assert body.get("Session") == newest
            if "__type" not in reply:
                newest = reply.get("Session", newest)


TestSignIns = SignIns.TestCase
TestSignIns.settings = settings(
    max_examples=examples(30),
    stateful_step_count=14,
    deadline=None,
    # Without shrinking, which would take minutes because every step makes several calls. The steps are readable as is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
