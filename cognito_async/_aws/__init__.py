"""Calls of AWS's JSON protocol: signed, retried, and limited in their rate."""
