"""Benchmarks that compare the package with other libraries, its peers: `python -m benchmarks`. See README.md."""
