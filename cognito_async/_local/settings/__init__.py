"""The settings of local pools and app clients."""
