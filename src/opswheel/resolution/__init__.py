"""3 FIX. The life of an issue: claim, close, verify, regress; and the queue people read."""
