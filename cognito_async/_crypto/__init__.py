"""The computations for SRP, SECRET_HASH, SigV4, TOTP and encryption. They do no input or output."""
