"""The HTTP API as an ASGI app, independent of BentoML."""

from fastapi import APIRouter, FastAPI, HTTPException

from core.release import Limits
from service.errors import add_error_handlers, limit_error
from service.middleware import BodyLimit
from service.predictor import Predictor
from service.schemas import (
    BatchRequest,
    BatchResponse,
    ErrorBody,
    Health,
    ModelInfo,
    Prediction,
    PredictRequest,
)


def create_app(predictor: Predictor) -> FastAPI:
    """The app that serves one release."""
    release = predictor.release
    app = FastAPI(
        title=release.name,
        version=release.version,
        redirect_slashes=False,
        responses={"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}},
    )
    app.add_middleware(BodyLimit)
    add_error_handlers(app)
    app.include_router(_predictions(predictor))
    app.include_router(_state(predictor))
    return app


def _predictions(predictor: Predictor) -> APIRouter:
    router = APIRouter(tags=["predictions"])
    limits = predictor.release.limits

    @router.post("/predict")
    async def predict(request: PredictRequest) -> Prediction:
        _check_text(request.text, limits, "text")
        return predictor.predict(request.text, request.top_k)

    @router.post("/predict/batch")
    def predict_batch(request: BatchRequest) -> BatchResponse:
        # Not async: a large batch runs in a thread, so that /health keeps answering.
        _check_texts(request.texts, limits)
        predictions = predictor.predict_batch(request.texts, request.top_k)
        return BatchResponse(predictions=predictions, count=len(predictions))

    return router


def _state(predictor: Predictor) -> APIRouter:
    router = APIRouter(tags=["state"])

    @router.get("/model/info")
    async def model_info() -> ModelInfo:
        return predictor.info()

    @router.get("/health")
    async def health() -> Health:
        if not predictor.is_healthy():
            raise HTTPException(503, "the model's self-test fails")
        return Health(status="ok", model_version=predictor.release.version)

    return router


def _check_text(text: str, limits: Limits, *field: str | int) -> None:
    if len(text) > limits.max_characters:
        raise limit_error(f"String should have at most {limits.max_characters} characters", *field)


def _check_texts(texts: list[str], limits: Limits) -> None:
    if len(texts) > limits.max_batch:
        raise limit_error(f"List should have at most {limits.max_batch} items", "texts")
    for position, text in enumerate(texts):
        _check_text(text, limits, "texts", position)
