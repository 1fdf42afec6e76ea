"""What all sections of a config share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Ratio = Annotated[float, Field(ge=0, le=1)]
# What ZenML, MLflow and BentoML all take; BentoML wants a letter or digit at the end.
Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9_]{0,61}[a-z0-9])?$")]


class Section(BaseModel):
    """A frozen section that refuses unknown keys, NaN and infinity.

    A config file is validated in strict mode (no coercion of types, see ``parse_config``); a
    section that comes back from a store as plain JSON values is not.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )
