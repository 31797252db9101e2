"""Where AWS credentials come from: the environment, files, and the services that give out temporary ones."""
