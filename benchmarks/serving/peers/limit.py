"""The practical limit: bare FastAPI around our own exact scorer, with our own answer body.

The answer is written by pydantic-core straight to bytes, FastAPI's fastest way.
"""

from time import perf_counter
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Response
from pydantic_core import to_json

from benchmarks.serving.peers.answers import BatchRequest, PredictRequest
from benchmarks.serving.peers.files import SCORER, model_folder
from core.models.scorer.storage import load_scorer

scorer = load_scorer(model_folder() / SCORER)
labels = scorer.labels
MODEL = {"model": "ag_news", "model_version": "1"}
app = FastAPI()


@app.post("/predict")
async def predict(request: PredictRequest) -> Response:
    """One text."""
    started = perf_counter()
    values = scorer.outputs_one(request.text).tolist()
    answer = _item(values, request.top_k, uuid4().hex) | {"explanation": None, **MODEL}
    return _response(answer, started)


@app.post("/predict/batch")
async def predict_batch(request: BatchRequest) -> Response:
    """Several texts."""
    started, request_id = perf_counter(), uuid4().hex
    rows = scorer.outputs(request.texts).tolist()
    items = [
        _item(values, request.top_k, f"{request_id}.{number}") for number, values in enumerate(rows)
    ]
    answer = {"predictions": items, "count": len(items), "request_id": request_id, **MODEL}
    return _response(answer, started)


def _item(values: list[float], top_k: int, request_id: str) -> dict[str, Any]:
    order = sorted(range(len(values)), key=values.__getitem__, reverse=True)[:top_k]
    top = [{"label": labels[i], "label_id": i, "confidence": values[i]} for i in order]
    return {
        **top[0],
        "top_predictions": top,
        "probabilities": dict(zip(labels, values, strict=True)),
        "request_id": request_id,
    }


def _response(answer: dict[str, Any], started: float) -> Response:
    answer["latency_ms"] = (perf_counter() - started) * 1000
    return Response(to_json(answer), media_type="application/json")
