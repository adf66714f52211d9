"""`python -m opswheel`."""

from .interfaces.cli import main

main()
