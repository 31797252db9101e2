"""HTTP over pooled connections. This layer knows nothing of AWS."""
