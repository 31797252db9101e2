"""Floor 0: what every other floor may stand on, and which stands on nothing of ours."""
