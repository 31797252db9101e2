"""Where a service is: the settings that AWS's tools read from the environment and from a profile, and host names."""
