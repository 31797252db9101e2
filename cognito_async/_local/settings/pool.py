"""The settings of a local pool; the defaults make a pool that works immediately."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ..._core import ids
from ..._core.errors import ConfigurationError
from .field_types import check_fields
from .passwords import PasswordPolicy
from .schema import CHANGEABLE, Attribute, CustomAttribute, StandardAttribute, schema_of
from .senders import KEY_ARN, require_sdk
from .triggers import Triggers

# The account in ARNs and descriptions: the one of AWS's examples.
ACCOUNT: Final = "123456789012"
Contact = Literal["email", "phone_number"]
Alias = Literal["email", "phone_number", "preferred_username"]
Mfa = Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
FirstFactor = Literal["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
ONE_TIME_PASSWORDS: Final[tuple[FirstFactor, ...]] = ("EMAIL_OTP", "SMS_OTP")
Recovery = Literal["verified_email", "verified_phone_number", "admin_only"]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """The settings of a user pool.

    Args:
        auto_verified: the contacts to which the pool sends a code at sign-up and after a change; the email address by
            default. At sign-up, a user with both contacts gets the code by SMS only.
        username_attributes: the contacts with which users sign up, instead of a username; none by default. The
            username is then the user's `sub`.
        alias_attributes: the contacts with which users can sign in once they are verified, as well as with the
            username; none by default. With `preferred_username`, users can choose another name after their
            confirmation, and sign in with it.
        username_case_sensitive: whether `Alice` and `alice` are two users; off, as in pools made in the AWS console.
        required_attributes: the attributes that users must set when they sign up, and cannot delete; none by default.
        custom_attributes: the pool's own attributes, up to 50; none by default.
        standard_attributes: changes to the attributes that every pool has; none by default.
        account_recovery: the contacts to which `ForgotPassword` sends a code, the preferred one first. `None`, the
            default, is the behavior of pools without this setting.
        verify_before_update: the contacts that keep their old value until the user confirms the new one with a code;
            none by default. They must be in `auto_verified` too.
        mfa: which users need a second factor: none (`OFF`, the default), those who have switched one on (`OPTIONAL`),
            or all (`ON`). With `ON`, a user's phone number or email address is a factor without being set up.
        mfa_methods: the second factors that the pool accepts; all three by default.
        first_factors: the factors with which a sign-in by `USER_AUTH` can begin; the password by default.
        device_tracking: the devices to remember: none (`OFF`, the default), all (`ALWAYS`), or those that
            `UpdateDeviceStatus` names (`OPT_IN`).
        device_replaces_mfa: whether a user with a remembered device needs no other second factor; on by default. The
            console calls this "challenge required on new device".
        admin_create_user_only: whether `SignUp` is refused, so that only administrators create users; off by default.
        triggers: async functions that replace the pool's Lambda functions.
        pre_token_generation_version: the version of the events for `triggers.pre_token_generation`; `V1_0` by default.
            From `V2_0` on, the function can change access tokens too; with `V3_0`, those of machines as well.
        kms_key_id: the ARN of the KMS key with which the pool encrypts the codes for `triggers.custom_email_sender` and
            `triggers.custom_sms_sender`. By default, a pool with one of them has a key of its own: `kms_key_arn`.
        issuer_endpoint: the `iss` of tokens is `{issuer_endpoint}/{id}`; AWS's endpoint of the region by default.
        fixed_code: one value for all codes that the pool sends, for demonstrations and for clients in other processes,
            which cannot read the outbox; random codes by default.

    A sign-in by `USER_AUTH` can request authentication levels (`TARGET_ACR_VALUES`). The pool does not check them: it
    puts the first one into the tokens, as the claim `acr`.

    Raises:
        ConfigurationError: if a setting is invalid, or contradicts another one.
    """

    id: str = "us-east-1_LocalPool"
    name: str = "local"
    auto_verified: tuple[Contact, ...] = ("email",)
    username_attributes: tuple[Contact, ...] = ()
    alias_attributes: tuple[Alias, ...] = ()
    username_case_sensitive: bool = False
    required_attributes: tuple[str, ...] = ()
    custom_attributes: tuple[CustomAttribute, ...] = ()
    standard_attributes: tuple[StandardAttribute, ...] = ()
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    account_recovery: tuple[Recovery, ...] | None = None
    verify_before_update: tuple[Contact, ...] = ()
    mfa: Literal["OFF", "OPTIONAL", "ON"] = "OFF"
    mfa_methods: tuple[Mfa, ...] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    first_factors: tuple[FirstFactor, ...] = ("PASSWORD",)
    device_tracking: Literal["OFF", "ALWAYS", "OPT_IN"] = "OFF"
    device_replaces_mfa: bool = True
    admin_create_user_only: bool = False
    triggers: Triggers = field(default_factory=Triggers)
    pre_token_generation_version: Literal["V1_0", "V2_0", "V3_0"] = "V1_0"  # noqa: S105 - no secret
    kms_key_id: str | None = None
    issuer_endpoint: str | None = None
    fixed_code: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        self._check_texts()
        self._check_attributes()
        self._check_sign_in()
        if self.account_recovery is not None:
            if not self.account_recovery:
                raise ConfigurationError("account_recovery must name a contact, or be None")
            if "admin_only" in self.account_recovery and len(self.account_recovery) > 1:
                raise ConfigurationError("account_recovery must not name a contact beside admin_only")
        has_function = self.triggers.pre_token_generation is not None
        if self.pre_token_generation_version != "V1_0" and not has_function:  # noqa: S105 - no secret
            raise ConfigurationError("pre_token_generation_version needs triggers.pre_token_generation")
        if self.kms_key_id is not None and not re.fullmatch(KEY_ARN, self.kms_key_id):
            raise ConfigurationError("kms_key_id must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>")
        if self.kms_key_arn is not None:
            require_sdk()

    def _check_texts(self) -> None:
        if not re.fullmatch(r"[\w-]+_[0-9a-zA-Z]+", self.id, re.ASCII) or len(self.id) > 55:
            hint = ids.hint("user_pool_id", self.id)
            raise ConfigurationError(f"the user pool id must look like us-east-1_LocalPool{hint}")
        if not re.fullmatch(r"[\w\s+=,.@-]{1,128}", self.name):
            raise ConfigurationError("name must have 1 to 128 letters, digits, spaces and _ + = , . @ -")
        if self.issuer_endpoint is not None and not re.fullmatch(r"https?://[^\s?#]+", self.issuer_endpoint):
            raise ConfigurationError("issuer_endpoint must be a URL such as http://127.0.0.1:9229")
        if self.fixed_code is not None and not re.fullmatch(r"\S+", self.fixed_code):
            raise ConfigurationError("fixed_code must be one or more characters without spaces")

    def _check_attributes(self) -> None:
        for name in self.required_attributes:
            if name not in CHANGEABLE:
                raise ConfigurationError(f"required_attributes must be standard attributes, unlike {name}")
        if len(self.custom_attributes) > 50:
            raise ConfigurationError("a pool must have at most 50 custom_attributes")
        for setting in ("custom_attributes", "standard_attributes"):
            names = [each.attribute().name for each in getattr(self, setting)]
            if len(set(names)) < len(names):
                raise ConfigurationError(f"{setting} must not name an attribute twice")
        if self.username_attributes and self.alias_attributes:
            raise ConfigurationError("a pool must not have both username_attributes and alias_attributes")
        if "preferred_username" in self.alias_attributes and self.schema["preferred_username"].required:
            raise ConfigurationError("preferred_username must not be both required and an alias")
        if not set(self.verify_before_update) <= set(self.auto_verified):
            raise ConfigurationError("auto_verified must include the contacts of verify_before_update")

    def _check_sign_in(self) -> None:
        if not self.first_factors:
            raise ConfigurationError("first_factors must name a factor")
        if self.mfa != "OFF" and not self.mfa_methods:
            raise ConfigurationError(f"mfa {self.mfa} needs mfa_methods")
        if self.mfa == "ON" and self.has_one_time_passwords:
            raise ConfigurationError("Cognito does not combine mfa ON with one-time passwords as first_factors")
        if self.device_tracking == "OFF" and not self.device_replaces_mfa:
            raise ConfigurationError("device_replaces_mfa needs device_tracking")

    @property
    def has_one_time_passwords(self) -> bool:
        """Return whether a one-time password can be the first factor."""
        return not set(ONE_TIME_PASSWORDS).isdisjoint(self.first_factors)

    @property
    def kms_key_arn(self) -> str | None:
        """Return the ARN of the pool's KMS key: always the same for the id of a pool; `None` without custom senders."""
        if self.kms_key_id is not None or not self.triggers.has_custom_sender:
            return self.kms_key_id
        return f"arn:aws:kms:{self.region}:{ACCOUNT}:key/{uuid.uuid5(uuid.NAMESPACE_DNS, self.id)}"

    @property
    def schema(self) -> Mapping[str, Attribute]:
        """Return every attribute that users can have, by the name that calls use."""
        return schema_of(self.standard_attributes, self.custom_attributes, self.required_attributes)

    @property
    def region(self) -> str:
        """Return the part of the id before `_`."""
        return self.id.partition("_")[0]

    @property
    def srp_name(self) -> str:
        """Return the part of the id after `_`. It is part of SRP's hashes."""
        return self.id.partition("_")[2]

    @property
    def issuer(self) -> str:
        """Return the `iss` of the pool's tokens."""
        endpoint = self.issuer_endpoint or f"https://cognito-idp.{self.region}.amazonaws.com"
        return f"{endpoint.rstrip('/')}/{self.id}"
