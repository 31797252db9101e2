"""ForgotPassword, ConfirmForgotPassword and ChangePassword."""

from __future__ import annotations

from collections.abc import Sequence

from ..settings.pool import Contact, Recovery
from ..state.attribute_values import is_verified
from ..state.callers import Caller
from ..state.checks import check_hourly_limit, check_secret_hash, hides_unknown_users
from ..state.entities import User
from ..state.expiring import add_expiring
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..tokens.access_tokens import owner_of_access_token
from ..wire.refusals import Refusal, invalid_parameter, not_authorized
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import FORGOT_PASSWORD, check_code, code_mismatch, decoy_code, decoy_delivery, expired_code, send_code
from .confirmation import confirm, known_user
from .contacts import CONTACT_OF, CONTACTS
from .factors import second_factors
from .migration import migrate
from .password_verifiers import check_history, check_plain_password, new_verifier, set_password, store_password
from .passwords import check_password

_CODES_PER_HOUR = 5
_TRIES_PER_HOUR = 20
_CHANGES_PER_HOUR = 5
_RECOVERY: dict[Recovery, Contact] = {"verified_email": "email", "verified_phone_number": "phone_number"}


async def forgot_password(state: ServiceState, request: Request) -> Reply:
    """Send a code to a verified contact that does not get the user's MFA codes."""
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    caller = Caller.of(pool, client.id, request)
    check_hourly_limit(pool, "ForgotPassword", name, _CODES_PER_HOUR, state.now())
    found = pool.find(name) or await migrate(state, caller, client, name, None)
    try:
        user, contact = recipient(pool, found)
    except Refusal:
        if not hides_unknown_users(client):
            raise
        return {"CodeDeliveryDetails": _pretend_to_send(state, pool, name, found)}
    pool.decoy_codes.pop(pool.key(user.username), None)
    return {"CodeDeliveryDetails": await send_code(state, caller, user, contact, "forgot_password", FORGOT_PASSWORD)}


async def confirm_forgot_password(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ConfirmForgotPassword", name, _TRIES_PER_HOUR, state.now())
    found = pool.find(name)
    if not hides_unknown_users(client):
        known_user(found)
    user = found if found is not None and found.enabled else None
    outstanding = found.codes.get(FORGOT_PASSWORD) if found is not None else None
    outstanding = outstanding or pool.decoy_codes.get(_decoy_key(pool, name, found))
    if outstanding is None:
        raise expired_code()
    check_password(request["Password"], pool.settings.password_policy)
    if user is None or FORGOT_PASSWORD not in user.codes:
        raise expired_code() if outstanding.has_expired(state.now()) else code_mismatch()
    check_code(state, user, FORGOT_PASSWORD, request["ConfirmationCode"])
    await check_history(pool, user, request["Password"])
    # Check the code again, because another call may have used it in the meantime.
    check_code(state, user, FORGOT_PASSWORD, request["ConfirmationCode"])
    del user.codes[FORGOT_PASSWORD]
    await set_password(state, pool, user, request["Password"])
    await confirm(state, Caller.of(pool, client.id, request), user, "PostConfirmation_ConfirmForgotPassword")
    return {}


async def change_password(state: ServiceState, request: Request) -> Reply:
    """Replace the password. Check the old one first, then the new one against the policy."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    check_hourly_limit(pool, "ChangePassword", user.username, _CHANGES_PER_HOUR, state.now())
    previous, current = request.get("PreviousPassword"), user.verifier
    if user.verifier is not None:
        if not previous:
            raise invalid_parameter("Missing required parameter OldPassword")
        await check_plain_password(state, pool, user.username, user, previous)
    check_password(request["ProposedPassword"], pool.settings.password_policy)
    await check_history(pool, user, request["ProposedPassword"])
    secret = await new_verifier(pool, user.username, request["ProposedPassword"])
    # Another call may have changed the password in the meantime. The history lacks that one, and the old one is wrong.
    if user.verifier != current:
        raise not_authorized("Incorrect username or password.")
    store_password(state, pool, user, secret)
    return {}


def recipient(pool: Pool, found: User | None) -> tuple[User, Contact]:
    """Return the user and the contact for a code. Refuse a user who cannot get one."""
    user = known_user(found)
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise not_authorized("User password cannot be reset in the current state.")
    contact = _contact(pool, user)
    if contact is None:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
    return user, contact


def _pretend_to_send(state: ServiceState, pool: Pool, name: str, found: User | None) -> Reply:
    """Return delivery details without sending a code.

    Remember the request, because ConfirmForgotPassword answers names without one differently. Like a real code, it
    replaces an older one.
    """
    if found is not None:
        found.codes.pop(FORGOT_PASSWORD, None)
    add_expiring(pool.decoy_codes, _decoy_key(pool, name, found), decoy_code(state), state.now())
    return decoy_delivery(state, pool, name, found)


def _decoy_key(pool: Pool, name: str, found: User | None) -> str:
    return pool.key(name if found is None else found.username)


def _contact(pool: Pool, user: User) -> Contact | None:
    """Return the verified contact that gets the code, if the pool's settings allow any.

    A contact that gets MFA codes is not used. Pools without the setting behave as in the past: they prefer the phone
    number, and use it even if it gets MFA codes.
    """
    order = pool.settings.account_recovery
    wanted: Sequence[Contact] = CONTACTS if order is None else [_RECOVERY[each] for each in order if each in _RECOVERY]
    taken: set[Contact | None] = (
        set() if order is None else {CONTACT_OF.get(each) for each in second_factors(pool, user)}
    )
    for contact in wanted:
        if contact in user.attributes and is_verified(user.attributes, contact) and contact not in taken:
            return contact
    return None
