"""Floor 5: what users say, in their words."""
