"""5 DECIDE, "better decisions". The cut lines in force, each version with its source and its why."""
