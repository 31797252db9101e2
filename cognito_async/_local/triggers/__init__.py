"""Calls of triggers: the events of a pool, the functions that get them, and their answers."""
