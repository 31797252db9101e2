"""Sign-in and what follows it, as generators without I/O; only the driver awaits."""
