"""The ``card`` section of a config: what only people know of a model."""

from typing import Annotated

from pydantic import Field

from core.config.base import Section

Prose = Annotated[str, Field(max_length=2000)]


class CardConfig(Section):
    """What the model card says besides what was measured; it is shown as it stands."""

    intended_use: Prose = Field("", description="What the model is for, and for whom.")
    limits: tuple[Prose, ...] = Field(
        (), max_length=20, description="What it is not for, and what is known to go wrong."
    )
    owner: Prose = Field("", description="Whom to ask.")
    license: Prose = Field("", description="Of the model.")
