"""Annex: a user pool in memory that answers as the service does, for tests, demonstrations and other clients.

It shares only SRP's constants, encodings and exponentiation with the client, so that both cannot be wrong together.
"""

from __future__ import annotations

from .asgi import LocalApp
from .clock import MovableClock
from .httpx_adapter import LocalTransport
from .issuer import SigningKeys
from .records import Message, User
from .service import LocalService
from .settings import AppClientSettings, CustomAttribute, PasswordPolicy, PoolSettings
from .triggers import Trigger, Triggers
from .wire import LocalRequest, LocalResponse

__all__ = [
    "AppClientSettings",
    "CustomAttribute",
    "LocalApp",
    "LocalRequest",
    "LocalResponse",
    "LocalService",
    "LocalTransport",
    "Message",
    "MovableClock",
    "PasswordPolicy",
    "PoolSettings",
    "SigningKeys",
    "Trigger",
    "Triggers",
    "User",
]
