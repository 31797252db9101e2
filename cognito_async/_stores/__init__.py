"""Stores of sessions, in memory, in a file or in Redis, and the contract that every store fulfils."""
