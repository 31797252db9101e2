"""A user pool in memory that answers as the service does, for tests, demonstrations and other clients.

It shares only SRP's constants, encodings and exponentiation with the client, so that both cannot be wrong together.
"""
