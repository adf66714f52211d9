"""2 RANK. Signals in; exposures and ranked issues out."""
