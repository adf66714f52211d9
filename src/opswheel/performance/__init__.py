"""6 PROVE, "better performance". One metric per file; this tuple is the catalogue."""
