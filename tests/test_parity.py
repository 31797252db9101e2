"""`docs/reference/amplify.md` lists every method of Amplify, and only names that exist in this package."""

from __future__ import annotations

import re
from functools import reduce
from pathlib import Path
from typing import Any, get_args

import pytest

import cognito_async
from cognito_async import lowlevel
from cognito_async._facade.events import EventName

TABLE = Path(__file__).parents[1] / "docs" / "reference" / "amplify.md"

# The methods that Amplify's own packages export.
V5 = """getModuleName configure signUp confirmSignUp resendSignUp signIn confirmSignIn completeNewPassword
sendCustomChallengeAnswer setupTOTP verifyTotpToken getPreferredMFA setPreferredMFA getMFAOptions enableSMS disableSMS
currentAuthenticatedUser currentUserPoolUser currentSession userSession currentUserInfo userAttributes verifiedContact
updateUserAttributes deleteUserAttributes verifyUserAttribute verifyUserAttributeSubmit verifyCurrentUserAttribute
verifyCurrentUserAttributeSubmit changePassword forgotPassword forgotPasswordSubmit deleteUser signOut federatedSignIn
currentUserCredentials currentCredentials essentialCredentials rememberDevice forgetDevice fetchDevices"""
IDENTITY_JS = """setSignInUserSession getSignInUserSession getUsername getAuthenticationFlowType
setAuthenticationFlowType authenticateUser initiateAuth completeNewPasswordChallenge sendCustomChallengeAnswer
sendMFACode sendMFASelectionAnswer confirmRegistration resendConfirmationCode forgotPassword confirmPassword
changePassword getSession refreshSession getUserData getUserAttributes getMFAOptions updateAttributes deleteAttributes
getAttributeVerificationCode verifyAttribute associateSoftwareToken verifySoftwareToken setUserMfaPreference enableMFA
disableMFA deleteUser getDevice listDevices forgetDevice forgetSpecificDevice setDeviceStatusRemembered
setDeviceStatusNotRemembered getCachedDeviceKeyAndPassword globalSignOut signOut"""
V6 = """signUp confirmSignUp autoSignIn resendSignUpCode signIn confirmSignIn signInWithRedirect signOut
fetchAuthSession getCurrentUser fetchUserAttributes updateUserAttribute updateUserAttributes deleteUserAttributes
sendUserAttributeVerificationCode confirmUserAttribute setUpTOTP verifyTOTPSetup fetchMFAPreference
updateMFAPreference updatePassword resetPassword confirmResetPassword deleteUser fetchDevices rememberDevice
forgetDevice associateWebAuthnCredential listWebAuthnCredentials deleteWebAuthnCredential decodeJWT"""


def rows(section: str) -> list[list[str]]:
    part = TABLE.read_text("utf-8").split(f"\n## {section}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize(
    ("section", "methods"),
    [("Amplify v5: `Auth`", V5), ("amazon-cognito-identity-js", IDENTITY_JS), ("Amplify v6", V6)],
)
def test_table_has_one_row_for_each_method(section: str, methods: str) -> None:
    listed = [match[1] for row in rows(section) if (match := re.fullmatch(r"`(\w+)`", row[0]))]
    assert sorted(listed) == sorted(methods.split())


@pytest.mark.parametrize("section", ["Amplify v5: `Auth`", "amazon-cognito-identity-js", "Amplify v6"])
def test_row_names_a_replacement_or_gives_a_reason(section: str) -> None:
    for row in rows(section):
        assert re.search(r"`[\w.]+`", row[1]) or (row[1] == "-" and row[2]), row


def test_all_names_in_the_table_exist() -> None:
    cells = [row[1] for section in ("Amplify v5", "amazon", "Amplify v6") for row in rows(section)]
    cells += [row[0] for row in rows("Not in Amplify")]
    names = {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}
    assert len(names) > 30
    for name in names:
        _resolve(name)


def _resolve(name: str) -> Any:
    first, *rest = name.split(".")
    start: Any = lowlevel if first == "lowlevel" else getattr(cognito_async, first)
    return reduce(getattr, rest, start)


def test_event_table_names_all_events() -> None:
    named = set(re.findall(r"`([a-z_]+)`", " ".join(row[1] for row in rows("Events"))))
    assert named == set(get_args(EventName))
