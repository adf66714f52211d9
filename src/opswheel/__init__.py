"""Opswheel finds where a marketplace business is losing sales and puts the costliest loss first."""

__version__ = "0.1.0"
