"""A scorer's two files: ``scorer.json`` (structure and vocabularies) and ``arrays.npz``.

No pickle, and the same scorer always gives the same bytes.
"""

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import GatehouseError
from core.models.scorer.exact import ExactScorer
from core.models.scorer.spec import FloatArray, HeadSpec, MemberSpec, ScorerSpec, VectorizerSpec
from core.models.text import CleaningOptions

FORMAT = 1
STRUCTURE = "scorer.json"
ARRAYS = "arrays.npz"

Arrays = dict[str, FloatArray]

# What json, zipfile and NumPy raise for files that are not there or not ours.
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def save_scorer(spec: ScorerSpec, folder: Path) -> None:
    """Writes the scorer's two files into ``folder``, which is made if it is missing."""
    arrays: Arrays = {}
    members = [_pack(member, str(number), arrays) for number, member in enumerate(spec.members)]
    structure = {
        "format": FORMAT,
        "labels": spec.labels,
        "cleaning": spec.cleaning.to_dict(),
        "members": members,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STRUCTURE).write_text(json.dumps(structure), encoding="utf-8")
    with (folder / ARRAYS).open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_scorer(folder: Path) -> ExactScorer:
    """Reads the scorer that ``save_scorer`` wrote.

    Raises:
        GatehouseError: A file is missing or damaged, or of another format.
    """
    try:
        structure = json.loads((folder / STRUCTURE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as file:
            arrays = dict(file)
        return ExactScorer(_spec(structure, arrays))
    except _DAMAGE as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise GatehouseError(
            f"the scorer in {folder} can't be read ({reason}); export the model again"
        ) from error


def scorer_digest(folder: Path) -> str:
    """Returns the SHA-256 (hex) that names the exact bytes of a saved scorer."""
    digests = [hashlib.sha256((folder / name).read_bytes()) for name in (STRUCTURE, ARRAYS)]
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()


def _spec(structure: dict[str, Any], arrays: Arrays) -> ScorerSpec:
    if structure["format"] != FORMAT:
        raise ValueError(f"format {structure['format']}, not {FORMAT}")
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
