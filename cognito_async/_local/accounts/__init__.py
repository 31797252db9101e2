"""Accounts: sign-up, passwords, attributes, contacts and their codes, second factors."""
