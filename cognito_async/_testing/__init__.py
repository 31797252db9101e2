"""What tests need besides a local pool: made users, signed tokens, a served pool, and the base of unittest's classes."""
