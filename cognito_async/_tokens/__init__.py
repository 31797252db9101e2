"""Floor 2: tokens, how they are kept, moved and renewed."""
