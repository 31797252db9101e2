"""HTTP over pooled connections, without anything of AWS."""
