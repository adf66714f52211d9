"""The words every station shares. Nothing here imports another part of Opswheel."""
