"""The lowest layer, which every other layer may import: errors, base of the models, clock, hooks and secrets."""
