"""Tokens: issued, refreshed, checked and revoked."""
