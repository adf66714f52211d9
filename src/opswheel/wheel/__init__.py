"""Runs the stations in order. Nothing here knows a report, a formula or a screen."""
