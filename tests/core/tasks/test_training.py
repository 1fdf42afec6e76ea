import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from core.config.candidates import MultinomialNbCandidate
from core.config.data import DataConfig, EmbeddedSource, PreprocessingConfig, SplitShares
from core.data.dataset import Dataset
from core.errors import DataError
from core.tasks import get_task
from core.tasks.training import train

TASK = get_task("text_classification")
CANDIDATE = MultinomialNbCandidate(name="nb", model="multinomial_nb")


@pytest.fixture(scope="module")
def splits() -> dict[str, Dataset]:
    config = DataConfig(source=EmbeddedSource(kind="embedded", rows=400))
    return TASK.split(TASK.load(config, 1), SplitShares(), 1, drop_duplicates=True)


def test_a_candidate_is_measured_on_the_validation_split(splits: dict[str, Dataset]) -> None:
    unfitted = TASK.build(CANDIDATE, PreprocessingConfig(), 1)
    fitted, result = train(TASK, "nb", unfitted, splits["train"], splits["validation"])
    held_out = splits["validation"]
    predicted = fitted.predict(TASK.inputs(held_out))
    assert result.metrics["accuracy"] == pytest.approx(accuracy_score(held_out.y, predicted))
    assert result.metrics["accuracy"] > 0.6
    confusion = np.array(result.confusion)
    assert confusion.sum() == len(held_out)
    assert np.trace(confusion) / len(held_out) == pytest.approx(result.metrics["accuracy"])
    for label in held_out.labels:
        assert label in result.report


def test_texts_without_a_word_cannot_be_fitted(splits: dict[str, Dataset]) -> None:
    import dataclasses

    train_set = splits["train"]
    empty = dataclasses.replace(train_set, frame=train_set.frame.assign(text="!"))
    unfitted = TASK.build(CANDIDATE, PreprocessingConfig(), 1)
    with pytest.raises(DataError):
        train(TASK, "nb", unfitted, empty, splits["validation"])
