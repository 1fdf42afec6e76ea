import json
import pickle
import sys
from importlib import import_module

import numpy as np
import pytest
from starlette.testclient import TestClient

from benchmarks.serving.contenders import PREDICT
from benchmarks.serving.peers.files import ESTIMATOR, FOLDER, LABELS, SCORER
from service.schemas import BatchItem, BatchPrediction, Prediction
from tests.serving import LABELS as NAMES, fitted

__all__ = ["fitted"]
PEERS = ("plain:sync_app", "plain:async_app", "limit:app")


@pytest.fixture
def client(fitted, tmp_path, monkeypatch):
    """A client of one of the peers; each is imported anew, as it loads its model then."""
    (tmp_path / ESTIMATOR).write_bytes(pickle.dumps(fitted.estimator))
    (tmp_path / LABELS).write_text(json.dumps(NAMES))
    (tmp_path / SCORER).symlink_to(fitted.scorer_folder)
    monkeypatch.setenv(FOLDER, str(tmp_path))

    def connect(peer: str) -> TestClient:
        module, _, app = peer.partition(":")
        name = f"benchmarks.serving.peers.{module}"
        monkeypatch.delitem(sys.modules, name, raising=False)
        imported = import_module(name)
        monkeypatch.delitem(sys.modules, name)
        return TestClient(getattr(imported, app))

    return connect


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_gives_the_estimators_answers(client, fitted, peer):
    expected = fitted.estimator.predict_proba(fitted.texts)
    asked = client(peer)
    one = asked.post(PREDICT.one, json=PREDICT.ask_one(fitted.texts[0])).json()
    many = asked.post(PREDICT.many, json=PREDICT.ask_many(fitted.texts)).json()
    for answer, rows in ((one, expected[:1]), (many, expected)):
        labels, probabilities = PREDICT.read(answer, NAMES)
        assert labels == [NAMES[number] for number in rows.argmax(axis=1)]
        np.testing.assert_allclose(probabilities, rows, rtol=0, atol=1e-12)


def test_the_limit_has_our_answer_body(client, fitted):
    asked = client("limit:app")
    one = asked.post(PREDICT.one, json=PREDICT.ask_one(fitted.texts[0])).json()
    many = asked.post(PREDICT.many, json=PREDICT.ask_many(fitted.texts)).json()
    assert set(one) == set(Prediction.model_fields)
    assert set(many) == set(BatchPrediction.model_fields)
    assert set(many["predictions"][0]) == set(BatchItem.model_fields)
