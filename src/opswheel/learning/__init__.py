"""4 KEEP, "better data". What closing taught, append-only, and the parameters learned from it."""
