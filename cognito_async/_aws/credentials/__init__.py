"""Sources of AWS credentials: the environment, files, and services that issue temporary credentials."""
