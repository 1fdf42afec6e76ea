"""A served model's files: ``scorer.json``, and ``arrays.npz`` or ``estimator.pkl`` beside it.

Plain numbers need no pickle. A model without them is the pickle of its pipeline, which is opened
only when its bytes are the ones that the caller's SHA-256 names. The same model always gives the
same bytes.
"""

import hashlib
import io
import json
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import GatehouseError
from core.features import Feature
from core.models.scorer.estimator import EstimatorScorer
from core.models.scorer.exact import ExactScorer
from core.models.scorer.protocol import Scorer
from core.models.scorer.spec import (
    FloatArray,
    HeadSpec,
    Interval,
    MemberSpec,
    PickledModel,
    ScorerSpec,
    ServedModel,
    VectorizerSpec,
)
from core.models.text import CleaningOptions

FORMAT = 2
STRUCTURE = "scorer.json"
ARRAYS = "arrays.npz"
PICKLE = "estimator.pkl"

Arrays = dict[str, FloatArray]
Files = dict[str, bytes]

# What json, zipfile, NumPy and pickle raise for files that are not there or not ours.
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    ImportError,
    zipfile.BadZipFile,
    zlib.error,
    pickle.UnpicklingError,
)


def save_scorer(model: ServedModel, folder: Path) -> None:
    """Writes the model's two files into ``folder``, which is made if it is missing."""
    structure, payload, content = _packed(model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STRUCTURE).write_text(json.dumps({"format": FORMAT} | structure), encoding="utf-8")
    (folder / payload).write_bytes(content)


def load_scorer(folder: Path, digest: str | None = None) -> Scorer:
    """Reads what ``save_scorer`` wrote, ready to score.

    Args:
        folder: With the model's files.
        digest: The ``scorer_digest`` that the files must have, checked before anything in them is
            opened. Without it, only plain numbers are read.

    Raises:
        GatehouseError: A file is missing, damaged or of another format; the files are not those
            of ``digest``; a pickle comes without a digest or from another scikit-learn.
    """
    files = _read(folder)
    if digest is not None and (found := _digest(files)) != digest:
        raise GatehouseError(
            f"the scorer in {folder} has SHA-256 {found}, not the released {digest}; "
            "restore its files or release the model again"
        )
    model = _parsed(files, folder)
    if isinstance(model, ScorerSpec):
        return ExactScorer(model)
    if digest is None:
        raise GatehouseError(f"{folder / PICKLE} is opened only when its SHA-256 is given")
    try:
        return EstimatorScorer(model)
    except _DAMAGE as error:
        raise _unreadable(folder, error) from error


def load_model(folder: Path) -> ServedModel:
    """Reads what ``save_scorer`` wrote as it was; a pickle stays closed.

    Raises:
        GatehouseError: A file is missing, damaged or of another format.
    """
    return _parsed(_read(folder), folder)


def scorer_digest(folder: Path) -> str:
    """Returns the SHA-256 (hex) that names the exact bytes of a saved scorer.

    In a shell, in the folder: ``sha256sum arrays.npz scorer.json | sha256sum``, with the files
    that are there in alphabetical order.

    Raises:
        GatehouseError: A file can't be read.
    """
    return _digest(_read(folder))


def _read(folder: Path) -> Files:
    """Returns the bytes of a scorer's files, so that what is checked is what is opened."""
    try:
        present = [name for name in (ARRAYS, PICKLE) if (folder / name).exists()]
        return {name: (folder / name).read_bytes() for name in sorted([*present, STRUCTURE])}
    except OSError as error:
        raise _unreadable(folder, error) from error


def _digest(files: Files) -> str:
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _parsed(files: Files, folder: Path) -> ServedModel:
    try:
        structure = json.loads(files[STRUCTURE])
        if structure["format"] != FORMAT:
            raise ValueError(f"format {structure['format']}, not {FORMAT}")
        match structure["kind"]:
            case "exact":
                with np.load(io.BytesIO(files[ARRAYS]), allow_pickle=False) as arrays:
                    return _spec(structure, dict(arrays))
            case "estimator":
                return _pickled(structure, files[PICKLE])
            case unknown:
                raise ValueError(f"unknown kind {unknown!r}")
    except _DAMAGE as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: BaseException) -> GatehouseError:
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return GatehouseError(
        f"the scorer in {folder} can't be read ({reason}); export the model again"
    )


def _packed(model: ServedModel) -> tuple[dict[str, Any], str, bytes]:
    """Returns the JSON-ready structure, and the name and bytes of the file beside it."""
    shared = {"labels": model.labels, "cleaning": model.cleaning.to_dict()}
    if isinstance(model, PickledModel):
        own = {
            "libraries": dict(model.libraries),
            "features": [feature.model_dump(exclude_defaults=True) for feature in model.features],
            "target": model.target,
            "interval": model.interval and model.interval.model_dump(),
        }
        return {"kind": "estimator"} | shared | own, PICKLE, model.content
    arrays: Arrays = {}
    members = [_pack(member, str(number), arrays) for number, member in enumerate(model.members)]
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return {"kind": "exact"} | shared | {"members": members}, ARRAYS, content.getvalue()


def _pickled(structure: dict[str, Any], content: bytes) -> PickledModel:
    interval = structure.get("interval")  # texts had no such keys once
    return PickledModel(
        labels=tuple(structure["labels"]),
        cleaning=CleaningOptions.from_dict(structure["cleaning"]),
        content=content,
        libraries={name: str(structure["libraries"][name]) for name in structure["libraries"]},
        features=tuple(map(Feature.model_validate, structure.get("features", ()))),
        target=structure.get("target", PickledModel.target),
        interval=interval and Interval.model_validate(interval),
    )


def _spec(structure: dict[str, Any], arrays: Arrays) -> ScorerSpec:
    return ScorerSpec(
        labels=tuple(structure["labels"]),
        cleaning=CleaningOptions.from_dict(structure["cleaning"]),
        members=tuple(
            _unpack(member, str(number), arrays)
            for number, member in enumerate(structure["members"])
        ),
    )


def _pack(member: MemberSpec, prefix: str, arrays: Arrays) -> dict[str, Any]:
    """Puts a member's arrays into ``arrays`` under ``prefix``; returns the rest, JSON-ready."""
    head = {"coefficients": member.head.coefficients, "intercepts": member.head.intercepts}
    optional = {"sigmoids": member.head.sigmoids} | {
        f"idf.{number}": vectorizer.idf for number, vectorizer in enumerate(member.vectorizers)
    }
    present = {name: array for name, array in optional.items() if array is not None}
    arrays |= {f"{prefix}.{name}": array for name, array in (head | present).items()}
    vectorizers = [
        {
            "analyzer": vectorizer.analyzer,
            "ngram_range": vectorizer.ngram_range,
            "terms": vectorizer.terms,
            "sublinear_tf": vectorizer.sublinear_tf,
        }
        for vectorizer in member.vectorizers
    ]
    return {"weight": member.weight, "head": member.head.kind, "vectorizers": vectorizers}


def _unpack(member: dict[str, Any], prefix: str, arrays: Arrays) -> MemberSpec:
    vectorizers = tuple(
        VectorizerSpec(
            analyzer=vectorizer["analyzer"],
            ngram_range=tuple(vectorizer["ngram_range"]),
            terms=tuple(vectorizer["terms"]),
            idf=arrays.get(f"{prefix}.idf.{number}"),
            sublinear_tf=vectorizer["sublinear_tf"],
        )
        for number, vectorizer in enumerate(member["vectorizers"])
    )
    head = HeadSpec(
        kind=member["head"],
        coefficients=arrays[f"{prefix}.coefficients"],
        intercepts=arrays[f"{prefix}.intercepts"],
        sigmoids=arrays.get(f"{prefix}.sigmoids"),
    )
    return MemberSpec(vectorizers, head, member["weight"])
