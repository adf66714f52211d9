"""What every section of the settings is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Section(BaseModel):
    """One section of `opswheel.toml`: unknown names are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
