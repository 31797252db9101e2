"""Customers of the old shop, who sign in to the new one for the first time."""

from typing import Any

from cognito_async.triggers import UserMigration

from . import outside


def user_migration(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Move a customer who gives the right password to the user pool."""
    migration = UserMigration.parse(event)
    found = outside.find_old_customer(migration.user_name, migration.request.password)
    if found is None:
        raise PermissionError("Incorrect username or password")
    return migration.migrate({"email": found["email"], "email_verified": "true"})
