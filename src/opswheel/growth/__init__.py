"""The slow wheel: drivers, links, loops, calibration, leverage and the key figures of growth."""
