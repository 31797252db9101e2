"""What every other layer may use: errors, the base of models, clock, hooks, secrets, single flight."""
