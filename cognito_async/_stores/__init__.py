"""The stores of sessions, in memory, in a file or in Redis, and the contract of every store."""
