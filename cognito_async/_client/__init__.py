"""The client of a service: its options, its connections, and the driver that runs flows."""
