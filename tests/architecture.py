"""The layers of the package: the order of the files and folders inside each folder, and the packages each may import.

`tests/architecture_checks.py` compares every file of the package with these tables.
"""

from __future__ import annotations

GENERATED = "_aws/_generated"

# For each folder: its files and folders, from the bottom layer to the top. Those in one string are one layer, and must
# not import each other.
LAYERS: dict[str, list[str]] = {
    "": [
        "_core",
        "_crypto",
        "_http",
        "_aws",
        "_tokens",
        "_stores",
        "_verify",
        "_flows",
        "_client",
        "_session",
        "_facade",
        "_local",
        "challenges credentials errors testing",
        "__init__",
        "local lowlevel",
        "integrations",
        "_cli",
        "__main__",
    ],
    "_core": [
        "clock errors ids listeners operation outside public_modules secret signatures value_class values",
        "checks concurrency hooks model options redact token_errors",
        "lazy",
    ],
    "_core/concurrency": [
        "event_loop failure guard semaphore shield",
        "per_loop process_flights process_locks",
        "arithmetic single_flight",
    ],
    "_crypto": [
        "encoding groups sealing secret_hash sigv4 totp",
        "power",
        "device srp",
    ],
    "_http": [
        "attempt_hooks http_client origin",
        "message options proxies",
        "backend certificates failures",
        "reply_framing stream",
        "httpcore_connection httptools_connection",
        "pool",
        "httpx_backend pooled_transport",
        "opening",
        "connections",
    ],
    "_aws": [
        "_generated",
        "categories codes identity pages quota reply_size rpc service_time settings token_bucket",
        "effects rate_limits replies",
        "faults transport",
        "invoke retry signing",
        "pipeline",
        "credentials",
    ],
    "_aws/settings": [
        "endpoint files",
        "sources",
        "location",
        "service_location",
    ],
    "_aws/credentials": [
        "issuer source",
        "boto cached environment instance",
        "web_identity",
        "container profile",
        "chain",
    ],
    "_tokens": [
        "bearer freshness",
        "claims",
        "tokens",
        "states",
        "device",
    ],
    "_stores": [
        "key_source private_folder redis_calls store",
        "file_lock",
        "contract file_format redis_store store_file",
        "file_store lock_contract",
    ],
    "_verify": [
        "claim_types event_claims issuers public_keys strict_json",
        "claims key_source token_parts",
        "requirements",
        "options",
        "rules",
        "examination",
        "verifier",
    ],
    "_flows": [
        "context",
        "protocol",
        "devices mfa profile recovery requests sign_out sign_up",
        "respond",
        "password_proof",
        "device_srp",
        "challenges",
        "answers refresh sign_in",
    ],
    "_client": [
        "call_options option_checks",
        "config driver",
        "service_client",
        "pool_client",
    ],
    "_session": [
        "checked_tokens outcomes rotated_tokens signed_in_users store_view",
        "device_registry refreshes",
        "user_session",
        "pool_sessions",
        "registry",
        "refresh",
        "sign_out valid_tokens",
        "token_calls",
    ],
    "_facade": [
        "results events",
        "user",
        "users",
        "calls",
        "current_user known_users sign_in verifiers",
        "accounts",
        "api",
        "services admin",
        "pool",
    ],
    "_facade/user": [
        "signed_in totp",
        "devices mfa profile",
        "user",
    ],
    "_facade/sign_in": [
        "challenge starting",
        "mfa_setup password_challenges",
        "kinds",
        "results",
        "context",
        "running",
        "calls step_up",
    ],
    "_facade/admin": [
        "bulk filter results",
        "calls",
        "access groups",
        "admin",
    ],
    "_local": [
        "allowed_hosts clock settings wire",
        "state",
        "tokens",
        "accounts",
        "sign_in",
        "admin",
        "operations",
        "rpc",
        "router",
        "service",
        "browsers httpx_adapter",
        "asgi",
    ],
    "_local/wire": [
        "refusals",
        "replies requests timestamps",
        "sigv4 validation",
        "shape_parts",
        "signed_shapes",
        "shapes",
    ],
    "_local/settings": [
        "field_types",
        "passwords schema triggers",
        "client pool",
        "file",
    ],
    "_local/state": [
        "attribute_values expiring opaque_tokens signing_keys trigger_responses",
        "trigger_events",
        "entities limits",
        "attributes pools",
        "callers checks",
        "pending_sign_ins",
        "service_state",
        "pages sign_in_sessions trigger_calls unknown_users",
    ],
    "_local/tokens": [
        "documents grants group_claims identities",
        "access_tokens claim_overrides rotation",
        "issuing",
        "refresh",
        "revocation",
    ],
    "_local/accounts": [
        "contacts message_texts passwords srp_server totp",
        "messages",
        "codes factors mfa_settings password_verifiers",
        "confirmation migration new_users profile",
        "recovery sign_up",
    ],
    "_local/sign_in": [
        "completion devices mfa_challenges password_challenge srp_proof",
        "custom_auth device_proof",
        "next_step",
        "choice new_password second_factors",
        "challenges initiate",
    ],
    "_local/admin": [
        "known_users providers sign_in",
        "create_user devices list_users users",
        "groups",
    ],
    "integrations": ["_bearer httpx keyring redis", "starlette", "fastapi"],
    "_cli": [
        "failure options",
        "demo serve terminal",
        "session",
        "accounts challenges factors profile recovery tokens",
        "sign_in",
        "commands",
        "program",
    ],
}

# For each folder or file: the packages of others that it may import.
USES: dict[str, set[str]] = {
    "_core": {"anyio", "pydantic", "pydantic_core"},
    "_crypto": {"cryptography", "gmpy2"},
    "_http": {"anyio", "httpcore", "httptools", "httpx"},
    "_aws": {"anyio", "botocore", "pydantic", "tenacity"},
    "_tokens": {"pydantic"},
    "_stores": {"anyio", "coredis", "pydantic"},
    "_verify": {"anyio", "cryptography"},
    "_flows": set(),
    "_client": {"anyio"},
    "_session": {"anyio", "pydantic"},
    "_facade": {"anyio", "pydantic", "pydantic_core"},
    "_local": {"anyio", "cryptography", "httpx"},
    "local": {"httpx"},
    "integrations": {"fastapi", "httpx", "httpx2", "keyring", "starlette"},
    "_cli": {"anyio", "rich", "segno", "trio", "typer", "uvicorn"},
}
# For some of these packages: the only files that may import them.
ONLY_IN: dict[str, set[str]] = {
    "botocore": {"_aws/credentials/boto.py"},
    "coredis": {"_stores/redis_calls.py", "_stores/redis_store.py"},
    "fastapi": {"integrations/fastapi.py"},
    "gmpy2": {"_crypto/power.py"},
    "httpcore": {"_http/httpcore_connection.py"},
    "httptools": {"_http/httptools_connection.py"},
    "httpx2": {"integrations/httpx.py"},
    "keyring": {"integrations/keyring.py"},
    "starlette": {"integrations/fastapi.py", "integrations/starlette.py"},
    "tenacity": {"_aws/retry.py"},
    "trio": {"_cli/demo.py"},
}
# The only modules that the local pool shares with the client. A mistake in any other module cannot affect both.
LOCAL_SHARES = ("_core", "_crypto.encoding", "_crypto.groups", "_crypto.power")
# Imports that are inside a function and go up, to make the start faster: the file, the imported module, and the reason.
# At present there are none.
FOR_START_UP: dict[tuple[str, str], str] = {}
# Files that import a module by a computed name: lazy modules, and modules whose import would block an event loop.
IMPORTS_BY_NAME = {"_core/public_modules.py", "_core/lazy.py", "_http/connections.py"}
