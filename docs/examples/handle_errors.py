"""Handle the errors of a sign-in."""

from cognito_async import UserPool, errors


async def main(pool: UserPool, username: str, password: str) -> None:
    try:
        await pool.sign_in(username, password)
    except errors.UserNotConfirmedException:
        await pool.resend_sign_up(username)
    except (errors.NotAuthorizedException, errors.UserNotFoundException) as error:
        # A message of the service, such as "Incorrect username or password."
        print(error.message)
    except errors.CognitoError as error:
        print(error.code, error.status_code, error.request_id, error.retry_after)
