"""Requests and replies: their form, their constraints, and the signature check."""
