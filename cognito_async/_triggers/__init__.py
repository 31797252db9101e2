"""The events of Lambda triggers: values that are read, answered and written back. They know nothing of the client."""
