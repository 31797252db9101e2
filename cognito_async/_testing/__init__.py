"""What tests need besides a local pool: made users, signed tokens, a served pool, and a base for unittest."""
