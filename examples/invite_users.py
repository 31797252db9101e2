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

from cognito_async import AdminUser, Bulk, BulkProgress, RateLimits, UserPool, errors


async def invite_all(emails: dict[str, str], earlier: list[str], done: TextIO) -> Bulk[str]:
    pool = UserPool(
        setting("COGNITO_USER_POOL_ID"),
        setting("COGNITO_CLIENT_ID"),
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


def read_users(path: Path) -> dict[str, str]:
    """Return the address of each user in the list. If the list is wrong, end the program before it invites anyone."""
    emails: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:  # Excel writes a byte order mark
        rows = csv.DictReader(file)
        for row in rows:
            username, email = row.get("username"), row.get("email")
            if not username or not email:
                sys.exit(
                    f"{path}, line {rows.line_num}: each line needs a username and an email, as the first line says"
                )
            if username in emails:
                sys.exit(f"{path}, line {rows.line_num}: {username} is already in the list")
            emails[username] = email
    return emails


def main(users: Path, done: Path) -> int:
    emails = read_users(users)
    earlier = done.read_text("utf-8").splitlines() if done.is_file() else []
    with done.open("a", encoding="utf-8") as file:
        bulk = anyio.run(invite_all, emails, earlier, file)
    for username, error in bulk.failed:
        print(f"{username}: {error}")
    print(f"{len(bulk.done) - len(earlier)} invited, {len(earlier)} invited earlier, {len(bulk.failed)} failed")
    return 1 if bulk.failed else 0


def setting(name: str) -> str:
    return os.environ.get(name) or sys.exit(f"set the environment variable {name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/invite_users.py USERS.csv DONE.txt")
    try:
        status = main(Path(sys.argv[1]), Path(sys.argv[2]))
        print(end="", flush=True)
        sys.exit(status)
    except KeyboardInterrupt:
        sys.exit("interrupted: run the same command again to continue")
    except (csv.Error, UnicodeDecodeError) as error:
        sys.exit(f"the files must be text in UTF-8: {error}")
    except errors.CognitoError as error:
        sys.exit(str(error))
    except OSError as error:
        if error.filename is None:  # the output is a closed pipe, or on a full disk
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # otherwise Python would fail again when it exits
        sys.exit(str(error))
