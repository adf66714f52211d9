"""A plug-in for Opswheel: one rule, one report layout."""
