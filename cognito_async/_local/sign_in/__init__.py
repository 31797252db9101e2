"""Sign-ins: how they begin, their challenges, and how they end."""
