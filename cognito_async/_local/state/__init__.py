"""What a local service remembers: pools, users, settings, limits, pending sign-ins, triggers."""
