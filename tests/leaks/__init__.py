"""The search for secrets in everything that a program could show."""
