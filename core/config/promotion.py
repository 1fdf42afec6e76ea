"""The ``promotion`` section of a config: the gate."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from core.config.base import Section
from core.config.rules import CompareConfig, Rule


class ApproversConfig(Section):
    """Who has to say yes where ``promotion.approval`` is ``required``."""

    count: PositiveInt = Field(1, description="How many different people.")
    not_starter: bool = Field(False, description="Whoever started the run can't approve it.")
    expires_hours: PositiveFloat | None = Field(
        None, description="After that the candidate expires unanswered; null: never."
    )


class PromotionConfig(Section):
    """The gate."""

    rules: tuple[Rule, ...] = ()
    compare: CompareConfig = CompareConfig()
    approval: Literal["auto", "required"] = Field(
        "auto", description="required: people decide after rules and comparison."
    )
    approvers: ApproversConfig = ApproversConfig()
    target: Literal["production", "challenger"] = Field(
        "production",
        description="challenger: stand beside the production model, which stays; serving.traffic "
        "says what it gets.",
    )
    parity_rows: Annotated[int, Field(ge=1000)] = Field(
        2000, description="Texts on which the served scorer must equal the estimator."
    )
