"""The three events of a sign-in by `CUSTOM_AUTH`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .event import TriggerEvent
from .members import Members, NullIsEmptyList, Strings, Text


class ChallengeResult(Members):
    """One challenge of this sign-in: its name, and whether the user has answered it right.

    `challenge_metadata` is the text that the function for `CreateAuthChallenge` has set.
    """

    challenge_name: str | None = None
    challenge_result: bool | None = None
    challenge_metadata: str | None = Field(default=None, repr=False)


ChallengeResults = Annotated[list[ChallengeResult], NullIsEmptyList]


class DefineAuthChallengeRequest(Members):
    """The challenges of this sign-in until now, the oldest first."""

    user_attributes: Strings = Field(default_factory=dict)
    session: ChallengeResults = Field(default_factory=list[ChallengeResult])
    client_metadata: Strings = Field(default_factory=dict, repr=False)
    user_not_found: bool | None = None


class DefineAuthChallengeResponse(Members):
    """The next step of the sign-in."""

    challenge_name: str | None = None
    issue_tokens: bool | None = None
    fail_authentication: bool | None = None


class DefineAuthChallenge(TriggerEvent):
    """The event in which the function decides the next step: a challenge, tokens, or the end.

    Source: "Define Auth challenge Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "DefineAuthChallenge"
    sources: ClassVar[tuple[str, ...]] = ("DefineAuthChallenge_Authentication",)

    request: DefineAuthChallengeRequest = Field(default_factory=DefineAuthChallengeRequest)
    response: DefineAuthChallengeResponse = Field(default_factory=DefineAuthChallengeResponse)

    def ask(self, challenge_name: str = "CUSTOM_CHALLENGE") -> dict[str, Any]:
        """Ask a challenge next, and return the event for Cognito.

        Args:
            challenge_name: "CUSTOM_CHALLENGE" calls the function for `CreateAuthChallenge`. After SRP_A in the session,
                "PASSWORD_VERIFIER" asks for the proof of the password.
        """
        return self._decide(challenge_name=challenge_name, issue_tokens=False, fail_authentication=False)

    def issue_tokens(self) -> dict[str, Any]:
        """Sign the user in, and return the event for Cognito."""
        return self._decide(challenge_name=None, issue_tokens=True, fail_authentication=False)

    def fail(self) -> dict[str, Any]:
        """Refuse the sign-in, and return the event for Cognito."""
        return self._decide(challenge_name=None, issue_tokens=False, fail_authentication=True)

    def _decide(self, *, challenge_name: str | None, issue_tokens: bool, fail_authentication: bool) -> dict[str, Any]:
        self.response.challenge_name = challenge_name
        self.response.issue_tokens = issue_tokens
        self.response.fail_authentication = fail_authentication
        return self.to_dict()


class CreateAuthChallengeRequest(Members):
    """The challenge to make, and the earlier ones of this sign-in, the oldest first."""

    user_attributes: Strings = Field(default_factory=dict)
    challenge_name: str | None = None
    session: ChallengeResults = Field(default_factory=list[ChallengeResult])
    client_metadata: Strings = Field(default_factory=dict, repr=False)
    user_not_found: bool | None = None


class CreateAuthChallengeResponse(Members):
    """The public and private parameters of a challenge."""

    public_challenge_parameters: dict[str, str] | None = None
    private_challenge_parameters: dict[str, str] | None = Field(default=None, repr=False)
    challenge_metadata: str | None = Field(default=None, repr=False)


class CreateAuthChallenge(TriggerEvent):
    """The event in which the function makes the challenge that `DefineAuthChallenge` has chosen.

    Source: "Create Auth challenge Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "CreateAuthChallenge"
    sources: ClassVar[tuple[str, ...]] = ("CreateAuthChallenge_Authentication",)

    request: CreateAuthChallengeRequest = Field(default_factory=CreateAuthChallengeRequest)
    response: CreateAuthChallengeResponse = Field(default_factory=CreateAuthChallengeResponse)

    def challenge(
        self, *, public: Mapping[str, str], private: Mapping[str, str], metadata: str | None = None
    ) -> dict[str, Any]:
        """Set the challenge, and return the event for Cognito.

        Args:
            public: the parameters for the client, such as a question.
            private: the parameters for the function of `VerifyAuthChallengeResponse`, such as the right answer. The
                client does not see them.
            metadata: a text for the later events of this sign-in. The client does not see it.
        """
        self.response.public_challenge_parameters = dict(public)
        self.response.private_challenge_parameters = dict(private)
        self.response.set_or_clear("challenge_metadata", metadata)
        return self.to_dict()


class VerifyAuthChallengeRequest(Members):
    """The user's answer, and the private parameters of the challenge."""

    user_attributes: Strings = Field(default_factory=dict)
    private_challenge_parameters: Strings = Field(default_factory=dict, repr=False)
    challenge_answer: Text = Field(default="", repr=False)
    client_metadata: Strings = Field(default_factory=dict, repr=False)
    user_not_found: bool | None = None


class VerifyAuthChallengeResult(Members):
    """The judgement of the answer."""

    answer_correct: bool | None = None


class VerifyAuthChallengeResponse(TriggerEvent):
    """The event in which the function says whether the user's answer is right.

    Source: "Verify Auth challenge response Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "VerifyAuthChallengeResponse"
    sources: ClassVar[tuple[str, ...]] = ("VerifyAuthChallengeResponse_Authentication",)

    request: VerifyAuthChallengeRequest = Field(default_factory=VerifyAuthChallengeRequest)
    response: VerifyAuthChallengeResult = Field(default_factory=VerifyAuthChallengeResult)

    def answer(self, *, correct: bool) -> dict[str, Any]:
        """Say whether the user's answer is right, and return the event for Cognito."""
        self.response.answer_correct = correct
        return self.to_dict()
