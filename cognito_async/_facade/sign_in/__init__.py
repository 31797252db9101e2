"""Sign-in: its calls and its challenges."""
