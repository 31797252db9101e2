"""Floor 1: the arithmetic of SRP, SECRET_HASH and SigV4, as pure functions."""
