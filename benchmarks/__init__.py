"""Measures the package beside its peers, in one run on one machine: `python -m benchmarks`. See README.md here."""
