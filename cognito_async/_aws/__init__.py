"""Floor 2: one call on the wire, retry( sign( send ) )."""
