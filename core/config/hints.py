"""Validation errors of a config as one readable line each, with the nearest valid name."""

from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """One line per problem: the key, the value, what is wrong and the nearest valid name."""
    details = error.errors()
    # pydantic leaves invalid items out of a list and then calls the list too short as well.
    parents = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    roots = [detail for detail in details if detail["loc"] not in parents]
    return list(dict.fromkeys(_line(detail, root) for detail in roots))


def _line(detail: Any, root: type[BaseModel]) -> str:
    steps, models = _resolve(detail["loc"], root, detail["type"] == "extra_forbidden")
    key = ".".join(steps) or "config"
    kind = detail["type"]
    if kind == "missing":
        return f"{key} is missing"
    if kind == "extra_forbidden":
        known = [name for model in models for name in model.model_fields]
        return f"{key} is not a known key{_nearest(steps[-1], known)}"
    if kind == "union_tag_invalid":
        context = detail["ctx"]
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        tag = context["tag"]
        return f"{key}.{context['discriminator'].strip(chr(39))}: no {tag!r}{_nearest(tag, known)}"
    if kind == "union_tag_not_found":
        return f"{key}.{detail['ctx']['discriminator'].strip(chr(39))} is missing"
    message = detail["msg"].removeprefix("Value error, ")
    message = (message[:1].lower() + message[1:]).replace("tuple", "list")
    if kind == "value_error":
        return f"{key}: {message}" if steps else message
    value = detail["input"]
    hint = _nearest(value, _choices(detail)) if kind == "literal_error" else ""
    return f"{key}: {message}, not {_short(value)}{hint}"


def _choices(detail: Any) -> list[str]:
    return [part.strip(" '") for part in detail["ctx"]["expected"].replace(" or ", ",").split(",")]


def _nearest(wrong: object, known: list[str]) -> str:
    match = get_close_matches(str(wrong), known, n=1, cutoff=0.6)
    if match:
        return f"; did you mean {match[0]!r}?"
    return f"; known: {', '.join(dict.fromkeys(known))}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _resolve(
    loc: tuple[int | str, ...], root: type[BaseModel], ends_in_unknown_key: bool
) -> tuple[list[str], list[type[BaseModel]]]:
    """The real keys of an error's location, without union tags, and the models at its parent."""
    steps: list[str] = []
    models: list[type[BaseModel]] = [root]
    annotations: list[Any] = [root]
    for depth, part in enumerate(loc):
        known = [model for model in _models(annotations) if part in model.model_fields]
        if isinstance(part, int):
            annotations = [arg for note in annotations for arg in _items(note)]
        elif known or (ends_in_unknown_key and depth == len(loc) - 1):
            models = _models(annotations)
            annotations = [model.model_fields[part].annotation for model in known]
        elif values := [value for note in annotations for value in _values(note)]:
            annotations = values
        else:  # the tag of a union
            annotations = _tagged(annotations, part) or annotations
            continue
        steps.append(str(part))
    return steps, models


def _tagged(annotations: list[Any], tag: str) -> list[Any]:
    return [
        model
        for model in _models(annotations)
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal and get_args(field.annotation) == (tag,)
    ]


def _models(annotations: list[Any]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    for note in annotations:
        if isinstance(note, type) and issubclass(note, BaseModel):
            found.append(note)
        elif get_origin(note) in (Annotated, Union, UnionType):
            found.extend(_models(list(get_args(note))))
    return found


def _values(note: Any) -> list[Any]:
    if get_origin(note) in (Annotated, Union, UnionType):
        return [value for arg in get_args(note) for value in _values(arg)]
    return [get_args(note)[1]] if get_origin(note) is dict else []


def _items(note: Any) -> list[Any]:
    if get_origin(note) in (Annotated, Union, UnionType):
        return [item for arg in get_args(note) for item in _items(arg)]
    return (
        [arg for arg in get_args(note) if arg is not Ellipsis] if get_origin(note) is tuple else []
    )
