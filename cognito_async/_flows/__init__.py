"""Sign-up, sign-in and the calls of a user, as generators without I/O. Only the driver awaits."""
