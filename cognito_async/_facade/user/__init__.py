"""A user, and the calls that need a session."""
