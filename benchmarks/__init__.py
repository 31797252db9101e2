"""Benchmarks of the package and its peers, in one run on one machine: `python -m benchmarks`. See README.md."""
