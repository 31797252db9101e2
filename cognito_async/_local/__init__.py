"""A user pool in memory that replies as Cognito does, for tests, demonstrations and clients in other languages.

It shares only SRP's constants, encodings and exponentiation with our client. A mistake in any other part of one
makes the tests of both fail.

In the comments of this package, "the service" is Cognito.
"""
