"""`LocalUserPool`, and its tools for tests: users, signed tokens, a server, and a base class for unittest."""
