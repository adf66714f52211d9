"""Key figures of the growth wheel, each with its interval, its mark, and a plain word where nothing can be seen."""
