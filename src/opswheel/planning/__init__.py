"""Forecasts and stock plans that detectors and the growth wheel read."""
