"""The lowest layer, which every other may import: errors, the base of models, clock, hooks, secrets, single flight."""
