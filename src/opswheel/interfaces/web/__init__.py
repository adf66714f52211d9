"""The app: pages rendered on the server, small and fast, that work without any outside network."""

from .routes import router

__all__ = ["router"]
