"""Random pools, people and orders of challenges, walked by client and local pool together on both event loops.

What holds after every step: nobody gets another's session, a session that was ended is over, the newest `Session`
is the one that is sent, and no secret is shown anywhere.
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
from cognito_async.lowlevel import admin_users, invoke, totp_code
from tests.sign_in_people import TRIGGERS, Open, Person, Session, Shown, Witness
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
    opened: Bundle[Open] = Bundle("opened")
    sessions: Bundle[Session] = Bundle("sessions")

    @initialize(
        mfa=st.sampled_from(["OFF", "OPTIONAL", "ON"]),
        tracking=st.sampled_from(["OFF", "ALWAYS", "OPT_IN"]),
        secret=st.sampled_from([None, SECRET]),
        hides=st.sampled_from(["LEGACY", "ENABLED"]),
    )
    def a_pool_and_its_people(self, mfa: Any, tracking: Any, secret: str | None, hides: Any) -> None:
        self.local = LocalUserPool(
            PoolSettings(
                auto_verified=("email",),
                mfa=mfa,
                device_tracking=tracking,
                first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP"),
                triggers=TRIGGERS,
            ),
            AppClientSettings(secret=secret, prevent_user_existence_errors=hides, auth_session_validity=VALIDITY),
        )
        self.witness = Witness(LocalTransport(self.local.service))
        self.texts: list[str] = []
        self.log = Shown()
        self.root = logging.getLogger()
        self.level = self.root.level
        self.root.addHandler(self.log)
        self.root.setLevel(logging.DEBUG)
        self.pool = self._pool()
        self.people = [
            Person("alice", "Alice-passw0rd"),
            Person("bob", "Bob-temporary-passw0rd"),
            Person("carol", "Carol-passw0rd"),
        ]
        alice, bob, carol = self.people
        for person in (alice, carol):
            self.do("asyncio", partial(self._sign_up, person))
        self.do("asyncio", lambda: self._invite(bob))
        self.witness.secrets |= {KEY, *(person.password for person in self.people)}

    def _pool(self) -> UserPool:
        return UserPool(
            self.local.settings.id,
            self.local.client.id,
            client_secret=self.local.client.secret,
            http_client=httpx.AsyncClient(transport=self.witness, trust_env=False),
            clock=self.local.clock,
            credentials=self.local.credentials,
        )

    async def _sign_up(self, person: Person) -> None:
        attributes = {"email": f"{person.name}@example.com", "phone_number": f"+49{sum(person.name.encode()):05}"}
        await self.pool.sign_up(person.name, person.password, attributes=attributes)
        await self.pool.confirm_sign_up(person.name, self.local.outbox[-1].code)

    async def _invite(self, person: Person) -> None:
        request = admin_users.AdminCreateUserRequest(
            user_pool_id=self.pool.user_pool_id,
            username=person.name,
            temporary_password=person.password,
            user_attributes=[
                AttributeType(name="email", value=f"{person.name}@example.com"),
                AttributeType(name="email_verified", value="true"),
            ],
        )
        await invoke(self.pool, admin_users.ADMIN_CREATE_USER, request)

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.root.removeHandler(self.log)
            self.root.setLevel(self.level)

    def do(self, backend: str, work: Callable[[], Awaitable[T]]) -> T | errors.CognitoError:
        """One step on an event loop of its own; what it returns or raises is looked at for secrets."""
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

    def _settled(self, person: Person, outcome: SignInResult | errors.CognitoError) -> Any:
        """Where a sign-in stands now, as a value of one of the bundles."""
        assert isinstance(outcome, SignInResult), repr(outcome)
        assert outcome.user.username == person.name
        self.texts.append(outcome.model_dump_json())
        if outcome.challenge is None:
            claims = outcome.tokens.unverified_access_claims
            assert claims["username"] == person.name
            assert (outcome.user.device_secret is None) == ("device_key" not in claims)
            return Session(person, outcome.user)
        # Each challenge has a code of its own, and another one may be sent before this is answered.
        code = next((each.code for each in reversed(self.local.outbox) if each.username == person.name), "")
        asked_at = self.local.clock.now().timestamp()
        return Open(person, outcome.challenge, asked_at, person.store, code, person.changes)

    @rule(target=opened, backend=BACKENDS, who=st.integers(0, 2), flow=FLOWS, remembered=st.booleans())
    def begins_to_sign_in(self, backend: str, who: int, flow: str, remembered: bool) -> Any:
        person = self.people[who]
        if not remembered:
            person.store = MemoryStore()
        auth, (name, _, with_srp) = self._pool().auth(store=person.store), flow.partition(" ")
        password = person.password if name in ("USER_SRP_AUTH", "USER_PASSWORD_AUTH") or with_srp else None
        flow_name: Any = name
        outcome = self.do(backend, lambda: auth.sign_in(person.name, password, flow=flow_name))
        value = self._settled(person, outcome)
        return value if isinstance(value, Open) else multiple()

    @rule(target=sessions, backend=BACKENDS, item=consumes(opened), elsewhere=st.booleans(), choice=st.integers(0, 9))
    def answers_rightly(self, backend: str, item: Open, elsewhere: bool, choice: int) -> Any:
        sets_up = False
        for _ in range(9):
            sets_up = sets_up or isinstance(item.challenge, challenges.MfaSetup)
            over = self.local.clock.now().timestamp() - item.asked_at >= VALIDITY
            superseded = item.may_be_superseded
            challenge, session = item.challenge, item.challenge.session
            if elsewhere:
                state = challenge.to_state(KEY)
                self.texts.append(state)
                challenge = self._pool().auth(store=item.store).resume(state, KEY)
            outcome = self.do(backend, partial(self._right, item, challenge, choice))
            self._check_sessions(session)
            if over:
                assert isinstance(outcome, errors.NotAuthorizedException), repr(outcome)
                return multiple()
            if superseded and isinstance(outcome, errors.NotAuthorizedException):
                return multiple()
            value = self._settled(item.person, outcome)
            if isinstance(value, Session):
                item.person.changes += sets_up
                return value
            # The same sign-in, in the same program, which began when it began.
            value.store, value.changes = item.store, min(value.changes, item.changes)
            item = value
        raise AssertionError("nine right answers are enough for any sign-in")

    @rule(backend=BACKENDS, item=opened)
    def answers_wrongly_and_the_value_stays_usable(self, backend: str, item: Open) -> None:
        if isinstance(item.challenge, challenges.CustomChallenge):
            return  # a wrong answer is a round of its own there
        if item.person.wrong_answers == 4:
            return  # the fifth in a row would lock the person out
        item.person.wrong_answers += 1
        outcome = self.do(backend, lambda: self._wrong(item.challenge))
        assert isinstance(outcome, WRONG_ANSWERS), repr(outcome)

    @rule(backend=BACKENDS, item=sessions)
    def asks_who_it_is(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.attributes)
        if item.user.signed_in and not isinstance(outcome, errors.CognitoError):
            assert outcome["email"] == f"{item.person.name}@example.com"
        else:
            assert isinstance(outcome, (errors.NotSignedIn, errors.NotAuthorizedException, errors.SessionExpired))

    @rule(backend=BACKENDS, item=sessions)
    def refreshes(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.refresh)
        if isinstance(outcome, errors.CognitoError):
            assert isinstance(outcome, (errors.NotSignedIn, errors.SessionExpired)), repr(outcome)
        else:
            assert outcome.unverified_access_claims["username"] == item.person.name

    @rule(backend=BACKENDS, item=sessions)
    def asks_for_valid_tokens(self, backend: str, item: Session) -> None:
        outcome = self.do(backend, item.user.session)
        if isinstance(outcome, errors.CognitoError):
            assert isinstance(outcome, (errors.NotSignedIn, errors.SessionExpired)), repr(outcome)
            assert not item.user.signed_in
        else:
            assert outcome is item.user.tokens
            assert outcome.expires_at is not None and outcome.expires_at > self.local.clock.now()

    @rule(backend=BACKENDS, item=consumes(sessions), everywhere=st.booleans())
    def signs_out(self, backend: str, item: Session, everywhere: bool) -> None:
        kept = item.user.tokens if item.user.signed_in else None
        outcome = self.do(backend, lambda: item.user.sign_out(global_=everywhere))
        assert not isinstance(outcome, errors.CognitoError) and not item.user.signed_in
        assert isinstance(self.do(backend, item.user.attributes), errors.NotSignedIn)
        if kept is not None:
            # Whoever kept the tokens has nothing of them.
            again = self.pool.user_from_tokens(kept)
            assert isinstance(
                self.do(backend, again.attributes), (errors.NotAuthorizedException, errors.SessionExpired)
            )
            assert isinstance(self.do(backend, self.pool.user_from_tokens(kept).refresh), errors.SessionExpired)

    @rule(backend=BACKENDS, item=sessions, second=st.sampled_from(["totp", "sms", "none"]))
    def changes_the_second_factor(self, backend: str, item: Session, second: str) -> None:
        async def change() -> None:
            user = item.user
            item.person.changes += 1
            match second:
                case "totp":
                    setup = await user.setup_totp()
                    self._hide(setup.secret)
                    await setup.verify(self._totp(setup.secret))
                    item.person.totp_secret = setup.secret
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

    @rule(backend=BACKENDS, item=sessions, what=st.sampled_from(["remember", "not", "forget"]))
    def changes_the_device(self, backend: str, item: Session, what: str) -> None:
        async def change() -> None:
            if what == "forget":
                await item.user.forget_device()
            else:
                await item.user.remember_device(remembered=what == "remember")

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
    def time_passes(self, seconds: int) -> None:
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
        """Each request of an answer carries the `Session` of the reply before it."""
        for operation, body, reply in self.witness.exchanges:
            if operation in ("RespondToAuthChallenge", "AssociateSoftwareToken", "VerifySoftwareToken"):
                assert body.get("Session") == newest
            if "__type" not in reply:
                newest = reply.get("Session", newest)

    def _hide(self, secret: str) -> None:
        self.witness.secrets.add(secret)

    def _totp(self, secret: str) -> str:
        self.local.clock.advance(31)  # a code that surely was not used
        code = totp_code(secret, self.local.clock.now())
        self._hide(code)
        return code

    async def _right(  # noqa: C901 - one case for each challenge
        self, item: Open, challenge: challenges.AnyChallenge, choice: int
    ) -> SignInResult:
        person = item.person
        match challenge:
            case challenges.SmsMfa() | challenges.EmailOtp() | challenges.SmsOtp():
                return await challenge.answer(item.code)
            case challenges.SoftwareTokenMfa():
                assert person.totp_secret is not None
                return await challenge.answer(self._totp(person.totp_secret))
            case challenges.SelectMfaType():
                return await challenge.choose(challenge.options[choice % len(challenge.options)])
            case challenges.MfaSetup():
                return await self._set_up(person, challenge, choice)
            case challenges.NewPasswordRequired():
                new = f"{person.name}-N3w-passw0rd"
                self._hide(new)
                result = await challenge.answer(new)
                person.password = new
                person.changes += 1
                return result
            case challenges.CustomChallenge():
                return await challenge.answer(str(int(challenge.parameters["question"].split()[0]) + 1))
            case challenges.SelectChallenge():
                chosen = challenge.options[choice % len(challenge.options)]
                if chosen.startswith("PASSWORD") and choice > 4:
                    return await challenge.choose_password(person.password, srp=chosen.endswith("SRP"))
                return await challenge.choose(chosen)
            case challenges.Password() | challenges.PasswordSrp():
                return await challenge.answer(person.password)
            case challenges.UnknownChallenge():
                raise AssertionError(f"the local pool asks for {challenge.name}")

    async def _set_up(self, person: Person, challenge: challenges.MfaSetup, choice: int) -> SignInResult:
        if choice % 2:
            return await challenge.set_up_email(f"{person.name}@example.com")
        setup = await challenge.associate()
        self._hide(setup.secret)
        code = self._totp(setup.secret)
        result = await setup.verify(code)
        person.totp_secret = setup.secret
        return result

    async def _wrong(self, challenge: challenges.AnyChallenge) -> object:
        match challenge:
            case challenges.SelectMfaType() | challenges.SelectChallenge():
                return await challenge.choose("NOT_YET_INVENTED")
            case challenges.MfaSetup():
                return await challenge.set_up_email("no address")
            case challenges.NewPasswordRequired():
                return await challenge.answer("weak")
            case challenges.UnknownChallenge():
                return await challenge.answer({"ANSWER": "?"})
            case _:
                return await challenge.answer("000000-wrong")


TestSignIns = SignIns.TestCase
TestSignIns.settings = settings(
    max_examples=examples(30),
    stateful_step_count=14,
    deadline=None,
    # Every step is a whole conversation: shrinking would take minutes, and the steps read well as they are.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
