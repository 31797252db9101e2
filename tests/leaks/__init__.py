"""Tests that search for secrets in everything that a program could show."""
