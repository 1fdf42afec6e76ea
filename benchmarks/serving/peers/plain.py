"""Plain FastAPI around scikit-learn's ``predict_proba``, with sync and with async handlers."""

from fastapi import FastAPI

from benchmarks.serving.peers.answers import (
    BatchPrediction,
    BatchRequest,
    Classifier,
    Prediction,
    PredictRequest,
)

classifier = Classifier()
sync_app, async_app = FastAPI(), FastAPI()


@sync_app.post("/predict")
def predict(request: PredictRequest) -> Prediction:
    """One text, in FastAPI's thread pool."""
    return classifier.predict([request.text], request.top_k)[0]


@sync_app.post("/predict/batch")
def predict_batch(request: BatchRequest) -> BatchPrediction:
    """Several texts, in FastAPI's thread pool."""
    return BatchPrediction(predictions=classifier.predict(request.texts, request.top_k))


@async_app.post("/predict")
async def predict_async(request: PredictRequest) -> Prediction:
    """One text, on the event loop."""
    return classifier.predict([request.text], request.top_k)[0]


@async_app.post("/predict/batch")
async def predict_batch_async(request: BatchRequest) -> BatchPrediction:
    """Several texts, on the event loop."""
    return BatchPrediction(predictions=classifier.predict(request.texts, request.top_k))
