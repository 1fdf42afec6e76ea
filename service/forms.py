"""What a model takes: how a body becomes texts or rows in the form that its scorer wants."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel
from pydantic_core import to_json

from core.features import Feature, RowError, plain_row, strange_values
from service.errors import invalid, parse
from service.schemas import (
    BatchPrediction,
    BatchRequest,
    Prediction,
    PredictRequest,
    QuantitiesPrediction,
    QuantitiesRequest,
    QuantityPrediction,
    QuantityRequest,
    RowPrediction,
    RowRequest,
    RowsPrediction,
    RowsRequest,
)


class Asked(NamedTuple):
    """One text or row.

    Attributes:
        item: In the form that the scorer wants.
        text: As the prediction log has it: the text itself, or the plain row as JSON.
        warnings: What is unlike training; None for a text.
    """

    item: Any
    text: str
    warnings: list[str] | None = None


# A request for one answer: the text or row, classes to name, whether to explain.
Question = tuple[Asked, int, bool]


class Questions(NamedTuple):
    """A request for several answers.

    Attributes:
        total: How many texts or rows there are.
        read: Gives the one at a position; raises ApiError, 422, if it can't be asked.
        top_k: Classes to name in each answer.
    """

    total: int
    read: Callable[[int], Asked]
    top_k: int


class Schemas(NamedTuple):
    """Of the bodies and answers of one text or row, and of several."""

    one: type[BaseModel]
    one_answer: type[BaseModel]
    several: type[BaseModel]
    several_answers: type[BaseModel]


class Form(Protocol):
    """How one model is asked.

    Attributes:
        schemas: Of its requests and answers.
    """

    schemas: Schemas

    def one(self, body: bytes, limit: int) -> Question:
        """The text or row of a body.

        Args:
            body: JSON.
            limit: Most characters of a text, also of one in a row.

        Raises:
            ApiError: 422.
        """
        ...

    def several(self, body: bytes, limit: int, most: int) -> Questions:
        """The texts or rows of a body, of which there may be ``most``; see ``one``."""
        ...


class TextForm:
    """A model of texts."""

    schemas = Schemas(PredictRequest, Prediction, BatchRequest, BatchPrediction)

    def one(self, body: bytes, limit: int) -> Question:
        """See :class:`Form`."""
        request = parse(PredictRequest, body)
        return _text(request.text, limit, "text"), request.top_k, request.explain

    def several(self, body: bytes, limit: int, most: int) -> Questions:
        """See :class:`Form`."""
        request = parse(BatchRequest, body)
        texts = request.texts
        _check_count(texts, most, "texts")
        return Questions(len(texts), lambda at: _text(texts[at], limit, "texts", at), request.top_k)


class RowForm:
    """A model of a table's rows."""

    def __init__(self, features: Sequence[Feature], schemas: Schemas) -> None:
        self.schemas = schemas
        self._features = features

    def one(self, body: bytes, limit: int) -> Question:
        """See :class:`Form`."""
        request: Any = parse(self.schemas.one, body)
        asked = self._row(request.row, limit, "row")
        return asked, getattr(request, "top_k", 0), request.explain

    def several(self, body: bytes, limit: int, most: int) -> Questions:
        """See :class:`Form`."""
        request: Any = parse(self.schemas.several, body)
        rows = request.rows
        _check_count(rows, most, "rows")
        return Questions(
            len(rows),
            lambda at: self._row(rows[at], limit, "rows", at),
            getattr(request, "top_k", 0),
        )

    def _row(self, values: Mapping[str, Any], limit: int, *field: str | int) -> Asked:
        try:
            row = plain_row(values, self._features)
        except RowError as error:
            raise invalid(str(error), *field, error.column) from None
        for column, value in row.items():
            if isinstance(value, str):
                _check_length(value, limit, *field, column)
        return Asked(row, to_json(row).decode(), strange_values(row, self._features))


def form_of(features: Sequence[Feature], labels: Sequence[str]) -> Form:
    """How a model is asked that has these features and labels, either of which may be empty."""
    if not features:
        return TextForm()
    if labels:
        schemas = Schemas(RowRequest, RowPrediction, RowsRequest, RowsPrediction)
    else:
        schemas = Schemas(
            QuantityRequest, QuantityPrediction, QuantitiesRequest, QuantitiesPrediction
        )
    return RowForm(features, schemas)


def _text(text: str, limit: int, *field: str | int) -> Asked:
    _check_length(text, limit, *field)
    return Asked(text, text)


def _check_length(text: str, limit: int, *field: str | int) -> None:
    if len(text) > limit:
        many = f"{limit} characters (serving.max_characters), not {len(text)}"
        raise invalid(f"a text has at most {many}", *field)


def _check_count(items: Sequence[object], most: int, field: str) -> None:
    if len(items) > most:
        raise invalid(f"a batch has at most {most} {field}, not {len(items)}", field)
