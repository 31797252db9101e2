"""Floor 3: one code path for every operation, from model to call to model."""
