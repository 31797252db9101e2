"""Work of many tasks, event loops and threads: what they share, and how they wait for each other."""
