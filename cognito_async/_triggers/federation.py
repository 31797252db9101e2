"""The event before a user of another identity provider is added or updated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .event import TriggerEvent
from .members import Members, NullIsEmptyObject


class InboundFederationRequest(Members):
    """The identity provider, and its data about the user, from OIDC, OAuth or SAML."""

    provider_name: str | None = None
    provider_type: str | None = None
    # Tokens of the provider are among them.
    attributes: Annotated[dict[str, Any], NullIsEmptyObject] = Field(default_factory=dict, repr=False)


class InboundFederationResponse(Members):
    """The attributes of the user for the pool. An empty object leaves those of the provider as they are."""

    user_attributes_to_map: Annotated[dict[str, str], NullIsEmptyObject] = Field(default_factory=dict)


class InboundFederation(TriggerEvent):
    """The event when a user has signed in at another identity provider: the function may change the attributes.

    Source: "Inbound federation Lambda trigger" in Amazon's guide.
    """

    trigger: ClassVar[str] = "InboundFederation"
    sources: ClassVar[tuple[str, ...]] = ("InboundFederation_ExternalProvider",)

    request: InboundFederationRequest = Field(default_factory=InboundFederationRequest)
    response: InboundFederationResponse = Field(default_factory=InboundFederationResponse)

    def map_attributes(self, attributes: Mapping[str, str]) -> dict[str, Any]:
        """Set the attributes that the pool maps to those of its user, and return the event for Cognito.

        Args:
            attributes: the names and values, as if the provider had sent them. All others are dropped.
        """
        self.response.user_attributes_to_map = dict(attributes)
        return self.to_dict()
