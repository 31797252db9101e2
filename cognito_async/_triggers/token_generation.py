"""The events before tokens are issued, in the three versions that a pool can be set to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, ValidationInfo

from .event import TriggerEvent
from .members import ANSWER, Members, NullIsEmptyObject, OptionalText, Strings, Text, TextList, texts


class GroupConfiguration(Members):
    """The groups and IAM roles of the user."""

    groups_to_override: TextList = Field(default_factory=list)
    iam_roles_to_override: TextList = Field(default_factory=list)
    preferred_role: OptionalText = None


class GroupOverride(Members):
    """The groups and IAM roles for the tokens, instead of the user's. An empty object removes them all."""

    groups_to_override: list[str] | None = None
    iam_roles_to_override: list[str] | None = None
    preferred_role: str | None = None


class PreTokenGenerationRequest(Members):
    """The user, and the groups that the tokens will have."""

    user_attributes: Strings = Field(default_factory=dict)
    group_configuration: Annotated[GroupConfiguration, NullIsEmptyObject] = Field(default_factory=GroupConfiguration)
    client_metadata: Strings = Field(default_factory=dict, repr=False)


class ClaimsOverride(Members):
    """The changes of version 1: to the ID token, and to the groups in both tokens.

    Without `group_override_details`, the groups stay as they are.
    """

    claims_to_add_or_override: dict[str, str] | None = None
    claims_to_suppress: list[str] | None = None
    group_override_details: GroupOverride | None = None


def _no_list(value: Any, info: ValidationInfo) -> Any:
    """Read the empty list in a test event of Amazon's guide as null, except in an answer."""
    return None if value == [] and info.context is not ANSWER else value


class PreTokenGenerationResponse(Members):
    """The changes to the tokens, or `None`."""

    claims_override_details: Annotated[ClaimsOverride | None, BeforeValidator(_no_list)] = None


class _TokenGeneration(TriggerEvent):
    """The base of the three versions."""

    trigger: ClassVar[str] = "TokenGeneration"
    sources: ClassVar[tuple[str, ...]] = (
        "TokenGeneration_HostedAuth",
        "TokenGeneration_Authentication",
        "TokenGeneration_NewPasswordChallenge",
        "TokenGeneration_AuthenticateDevice",
        "TokenGeneration_RefreshTokens",
    )


class PreTokenGeneration(_TokenGeneration):
    """The event before tokens are issued, in version 1: the function can change the ID token, and the groups of both.

    Source: "Pre token generation Lambda trigger" in Amazon's guide (`LambdaVersion` V1_0).
    """

    request: PreTokenGenerationRequest = Field(default_factory=PreTokenGenerationRequest)
    response: PreTokenGenerationResponse = Field(default_factory=PreTokenGenerationResponse)

    @classmethod
    def describes(cls, source: str, version: str) -> bool:
        """Return whether this is an event of version 1."""
        return super().describes(source, version) and str(version) == "1"

    def change_tokens(
        self,
        *,
        id_claims: Mapping[str, str] | None = None,
        suppress_id_claims: Iterable[str] = (),
        groups: Iterable[str] | None = None,
        roles: Iterable[str] | None = None,
        preferred_role: str | None = None,
    ) -> dict[str, Any]:
        """Change the ID token and the groups of both tokens, and return the event for Cognito.

        Args:
            id_claims: claims to add to the ID token, or to replace in it. Each value is a string.
            suppress_id_claims: names of claims to remove from the ID token.
            groups: names of groups for both tokens, instead of the user's. An empty list removes all groups.
            roles: ARNs of IAM roles for the ID token, instead of the user's.
            preferred_role: the ARN of the preferred IAM role for the ID token.
        """
        details = ClaimsOverride()
        if id_claims is not None:
            details.claims_to_add_or_override = dict(id_claims)
        if suppressed := texts(suppress_id_claims, "suppress_id_claims"):
            details.claims_to_suppress = suppressed
        if (override := _groups(self.request, groups, roles, preferred_role)) is not None:
            details.group_override_details = override
        self.response.claims_override_details = details
        return self.to_dict()


class IdTokenGeneration(Members):
    """The changes to the ID token. A value can be any JSON."""

    claims_to_add_or_override: dict[str, Any] | None = None
    claims_to_suppress: list[str] | None = None


class AccessTokenGeneration(Members):
    """The changes to the access token. A claim can be any JSON; a scope has no spaces."""

    claims_to_add_or_override: dict[str, Any] | None = None
    claims_to_suppress: list[str] | None = None
    scopes_to_add: list[str] | None = None
    scopes_to_suppress: list[str] | None = None


class ClaimsAndScopeOverride(Members):
    """The changes of versions 2 and 3. Without `group_override_details`, the groups stay as they are."""

    id_token_generation: IdTokenGeneration | None = None
    access_token_generation: AccessTokenGeneration | None = None
    group_override_details: GroupOverride | None = None


class PreTokenGenerationV2Request(PreTokenGenerationRequest):
    """The user, and the groups and scopes of the tokens. A machine has empty attributes and groups."""

    scopes: TextList = Field(default_factory=list)


class PreTokenGenerationV2Response(Members):
    """The changes to the tokens, or `None`."""

    claims_and_scope_override_details: Annotated[ClaimsAndScopeOverride | None, BeforeValidator(_no_list)] = None


class _BothTokens(_TokenGeneration):
    """The base of versions 2 and 3. They are no subclasses of each other, so that `match` distinguishes them."""

    request: PreTokenGenerationV2Request = Field(default_factory=PreTokenGenerationV2Request)
    response: PreTokenGenerationV2Response = Field(default_factory=PreTokenGenerationV2Response)

    def change_tokens(
        self,
        *,
        id_claims: Mapping[str, Any] | None = None,
        suppress_id_claims: Iterable[str] = (),
        access_claims: Mapping[str, Any] | None = None,
        suppress_access_claims: Iterable[str] = (),
        add_scopes: Iterable[str] = (),
        suppress_scopes: Iterable[str] = (),
        groups: Iterable[str] | None = None,
        roles: Iterable[str] | None = None,
        preferred_role: str | None = None,
    ) -> dict[str, Any]:
        """Change both tokens, and return the event for Cognito.

        Args:
            id_claims: claims to add to the ID token, or to replace in it. A value is anything that JSON can express.
            suppress_id_claims: names of claims to remove from the ID token.
            access_claims: claims to add to the access token, or to replace in it.
            suppress_access_claims: names of claims to remove from the access token.
            add_scopes: scopes to add to the access token, none with a space.
            suppress_scopes: scopes to remove from the access token.
            groups: names of groups for both tokens, instead of the user's. An empty list removes all groups.
            roles: ARNs of IAM roles for the ID token, instead of the user's.
            preferred_role: the ARN of the preferred IAM role for the ID token.
        """
        details = ClaimsAndScopeOverride()
        identity = _given(
            claims_to_add_or_override=dict(id_claims or {}),
            claims_to_suppress=texts(suppress_id_claims, "suppress_id_claims"),
        )
        access = _given(
            claims_to_add_or_override=dict(access_claims or {}),
            claims_to_suppress=texts(suppress_access_claims, "suppress_access_claims"),
            scopes_to_add=texts(add_scopes, "add_scopes"),
            scopes_to_suppress=texts(suppress_scopes, "suppress_scopes"),
        )
        if identity:
            details.id_token_generation = IdTokenGeneration(**identity)
        if access:
            details.access_token_generation = AccessTokenGeneration(**access)
        if (override := _groups(self.request, groups, roles, preferred_role)) is not None:
            details.group_override_details = override
        self.response.claims_and_scope_override_details = details
        return self.to_dict()


class PreTokenGenerationV2(_BothTokens):
    """The event before tokens are issued, in version 2: the function can change both tokens.

    Source: "Pre token generation Lambda trigger" in Amazon's guide (`LambdaVersion` V2_0).
    """

    version: Text = "2"

    @classmethod
    def describes(cls, source: str, version: str) -> bool:
        """Return whether this is an event of version 2."""
        return super().describes(source, version) and str(version) == "2"


class PreTokenGenerationV3(_BothTokens):
    """The event before tokens are issued, in version 3: it is like version 2, and machines have such events too.

    The `user_name` of a machine is "ClientCredentials".

    Source: "Pre token generation Lambda trigger" in Amazon's guide (`LambdaVersion` V3_0).
    """

    sources: ClassVar[tuple[str, ...]] = (*_TokenGeneration.sources, "TokenGeneration_ClientCredentials")

    version: Text = "3"

    @classmethod
    def describes(cls, source: str, version: str) -> bool:
        """Return whether this is an event of version 3, or of a later one."""
        return super().describes(source, version) and str(version) not in ("1", "2")


def _given(**members: dict[str, Any] | list[str]) -> dict[str, Any]:
    """Return the members that are not empty."""
    return {name: value for name, value in members.items() if value}


def _groups(
    request: PreTokenGenerationRequest,
    groups: Iterable[str] | None,
    roles: Iterable[str] | None,
    preferred_role: str | None,
) -> GroupOverride | None:
    """Return the override of the groups, with the user's own where no others are given."""
    if groups is None and roles is None and preferred_role is None:
        return None
    own = request.group_configuration
    return GroupOverride(
        groups_to_override=texts(own.groups_to_override if groups is None else groups, "groups"),
        iam_roles_to_override=texts(own.iam_roles_to_override if roles is None else roles, "roles"),
        preferred_role=own.preferred_role if preferred_role is None else preferred_role,
    )
