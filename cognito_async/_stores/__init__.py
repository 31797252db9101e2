"""Where sessions are stored: memory, a file, Redis; and the contract of every store."""
