"""The state of a local service: pools, users, settings, limits, pending sign-ins."""
