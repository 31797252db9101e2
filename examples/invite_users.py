"""Invite all users in a list, within the service's quotas. A second run continues where the first stopped.

    pip install cognito-async
    export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=…    # and AWS credentials, where AWS's tools find them
    python examples/invite_users.py users.csv done.txt

users.csv has the columns `username` and `email`. The program writes the names of invited users to done.txt, and skips
them in later runs. It prints each failure with the reason. The next run tries these users again.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import TextIO

import anyio

from cognito_async import AdminUser, Bulk, BulkProgress, RateLimits, UserPool


async def invite_all(emails: dict[str, str], earlier: list[str], done: TextIO) -> Bulk[str]:
    pool = UserPool(
        os.environ["COGNITO_USER_POOL_ID"],
        os.environ["COGNITO_CLIENT_ID"],
        endpoint=os.environ.get("COGNITO_ENDPOINT"),
        rate_limits=RateLimits(share=0.5),  # leave the other half for users who sign in at the same time
    )

    async def invite(username: str) -> AdminUser:
        return await pool.admin.invite_user(username, attributes={"email": emails[username], "email_verified": "true"})

    def note(progress: BulkProgress[str]) -> None:
        if progress.error is None:
            print(progress.item, file=done, flush=True)

    async with pool:
        return await pool.admin.bulk(invite, on_progress=note, done=earlier).run(emails)


def main(users: Path, done: Path) -> int:
    with users.open(newline="", encoding="utf-8") as file:
        emails = {row["username"]: row["email"] for row in csv.DictReader(file)}
    earlier = done.read_text("utf-8").splitlines() if done.exists() else []
    with done.open("a", encoding="utf-8") as file:
        bulk = anyio.run(invite_all, emails, earlier, file)
    for username, error in bulk.failed:
        print(f"{username}: {error}")
    print(f"{len(bulk.done) - len(earlier)} invited, {len(earlier)} invited earlier, {len(bulk.failed)} failed")
    return 1 if bulk.failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
