"""The two questions every form of the app is put before: who is signed in, and was the form ours."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from ..people import Who, csrf_of, guarded, who

Asks = Annotated[Who, Depends(who)]
"""Who asks, as a parameter of a route."""

__all__ = ["Asks", "csrf_of", "guarded"]
