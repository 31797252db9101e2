"""The location of a service: host names, and the settings that AWS's tools read from the environment and a profile."""
