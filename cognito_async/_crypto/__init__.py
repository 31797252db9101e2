"""The arithmetic of SRP, SECRET_HASH, SigV4 and TOTP, and encryption, as pure functions."""
