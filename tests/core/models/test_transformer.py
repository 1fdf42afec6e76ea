"""Fine-tuning tiny checkpoints that are made here: random weights, and words as tokens."""

import pickle
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import bentoml
import huggingface_hub.constants
import numpy as np
import pytest
from sklearn.base import clone

from core.config.candidates import TransformerCandidate
from core.config.data import PreprocessingConfig
from core.data.headlines import generate_headlines
from core.errors import ConfigError, DataError, GatehouseError, SourceUnavailableError
from core.models.build import build_estimator, fit_estimator
from core.models.checkpoints import find_checkpoint
from core.models.fine_tuning import FineTuning
from core.models.parity import check_parity, probe_texts
from core.models.scorer.estimator import TRANSFORMERS, EstimatorScorer
from core.models.scorer.export import export_model, vocabulary
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from core.models.transformer import TransformerClassifier
from scripts.image import ImageError, write_context
from tests.core.data.hub_server import SHA, Repository, serve
from tests.gatehouse import job, train

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.integration

WORDS = ["the", "of", "in", "on", "says", "new", "after", "year", "first", "report", "two", "more"]
TOPICS = ("minister election treaty border talks", "match coach season striker cup")
Y = np.arange(120) % 2
DRAW = random.Random(1)
TEXTS = [
    " ".join(DRAW.choices(TOPICS[label].split(), k=3) + DRAW.choices(WORDS, k=5)) for label in Y
]
TRAIN = slice(0, 80)
SMALL = {"max_length": 32, "batch_size": 8, "learning_rate": 5e-3, "epochs": 3}
SCORE = """
import pickle, sys
scored = pickle.load(open(sys.argv[1], "rb")).predict_proba([sys.argv[2]])
print(*[value.hex() for value in scored[0].tolist()])
"""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT of two narrow layers that knows the words of these texts and of headlines."""
    folder = tmp_path_factory.mktemp("checkpoint")
    headlines = generate_headlines(300, seed=1)["text"].to_pylist()
    words = sorted({word for text in (*TEXTS, *headlines) for word in text.lower().split()})
    letters = sorted({letter for word in words for letter in word})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *words]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    transformers.BertTokenizer(vocabulary, model_max_length=64).save_pretrained(folder)
    config = transformers.DistilBertConfig(
        vocab_size=len(vocabulary),
        max_position_embeddings=64,
        dim=32,
        n_layers=2,
        n_heads=2,
        hidden_dim=64,
    )
    return saved(transformers.DistilBertModel, config, folder)


def saved(kind, config, folder: Path) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        kind(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def fitted(checkpoint: Path) -> TransformerClassifier:
    return TransformerClassifier(FineTuning(str(checkpoint), seed=3, **SMALL)).fit(
        TEXTS[TRAIN], Y[TRAIN]
    )


def unfitted(checkpoint: object, **changes: object) -> TransformerClassifier:
    return TransformerClassifier(FineTuning(str(checkpoint), **SMALL | {"epochs": 1} | changes))


def test_it_learns(fitted):
    assert (fitted.predict(TEXTS) == Y)[80:].mean() > 0.9
    probabilities = fitted.predict_proba(TEXTS[:4])
    assert probabilities.shape == (4, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert fitted.predict_proba([]).shape == (0, 2)


def test_the_same_data_and_seed_give_the_same_bytes(fitted, checkpoint):
    again = clone(fitted).fit(TEXTS[TRAIN], Y[TRAIN])
    assert pickle.dumps(again) == pickle.dumps(fitted)
    assert list(again.files_) == sorted(again.files_)
    kept = pickle.loads(pickle.dumps(fitted))
    assert pickle.dumps(kept) == pickle.dumps(fitted)
    np.testing.assert_array_equal(kept.predict_proba(TEXTS[:9]), fitted.predict_proba(TEXTS[:9]))


def test_another_fit_forgets_the_one_before(fitted, checkpoint):
    other = unfitted(checkpoint, seed=4).fit(TEXTS[:40], Y[:40])
    before = other.predict_proba(TEXTS[:5])
    assert other.files_["model.safetensors"] != fitted.files_["model.safetensors"]
    names = np.array(["no", "yes"])
    after = other.fit(TEXTS[:40], names[1 - Y[:40]])
    assert set(after.predict(TEXTS[:5])) <= set(names)
    assert not np.allclose(after.predict_proba(TEXTS[:5]), before)


def test_an_answer_does_not_depend_on_its_neighbours(fitted):
    texts = probe_texts(TEXTS, rows=30, seed=1)
    expected = fitted.predict_proba(texts)
    np.testing.assert_array_equal(fitted.predict_proba(texts[::-1])[::-1], expected)
    np.testing.assert_array_equal(fitted.predict_proba(texts[7:8])[0], expected[7])


def test_it_leaves_generators_and_settings_as_they_were(checkpoint):
    def state() -> list[object]:
        return [
            random.getstate(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            torch.get_rng_state().tolist(),
            torch.are_deterministic_algorithms_enabled(),
            transformers.utils.logging.get_verbosity(),
        ]

    before = state()
    unfitted(checkpoint).fit(TEXTS[:16], Y[:16]).predict_proba(TEXTS[:1])
    assert state() == before


def test_nothing_is_printed_or_left(checkpoint, capfd, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    unfitted(checkpoint).fit(TEXTS[:16], Y[:16]).predict_proba(TEXTS[:1])
    assert "".join(capfd.readouterr()) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_decoder_without_a_padding_token(tmp_path):
    letters = sorted({letter for text in TEXTS for letter in text.replace(" ", "Ġ")})
    vocabulary = {token: number for number, token in enumerate(["<|endoftext|>", *letters])}
    tokenizer = transformers.GPT2Tokenizer(vocab=vocabulary, merges=[], model_max_length=64)
    assert tokenizer.pad_token is None
    tokenizer.save_pretrained(tmp_path)
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary), n_positions=64, n_embd=16, n_layer=1, n_head=2
    )
    texts = [*TEXTS[:15], ""]
    found = unfitted(saved(transformers.GPT2Model, config, tmp_path)).fit(texts, Y[:16])
    probabilities = found.predict_proba(texts)
    assert np.isfinite(probabilities).all()
    np.testing.assert_array_equal(found.predict_proba([""])[0], probabilities[15])


@pytest.fixture(scope="module")
def pipeline(checkpoint):
    params = SMALL | {"checkpoint": str(checkpoint), "epochs": 1}
    config = TransformerCandidate(name="fine", model="transformer", params=params)
    estimator = build_estimator(config, PreprocessingConfig(), seed=3)
    return fit_estimator(estimator, TEXTS[TRAIN], Y[TRAIN])


def test_what_is_served_equals_it(pipeline, tmp_path):
    served = export_model(pipeline, ("World", "Sports"))
    assert {name: served.libraries[name] for name in TRANSFORMERS} == {
        name: version(name) for name in TRANSFORMERS
    }
    save_scorer(served, tmp_path)
    scorer = load_scorer(tmp_path, scorer_digest(tmp_path))
    texts = probe_texts(TEXTS, rows=30, seed=2)
    report = check_parity(pipeline.predict_proba(texts), scorer, texts, tolerance=0.0)
    assert report.passed
    assert scorer.explain(TEXTS[0], 0) is None


def test_who_lacks_torch_is_told_before_the_pickle_is_opened(pipeline, monkeypatch):
    served = export_model(pipeline, ("World", "Sports"))
    missing = replace(served, libraries=dict(served.libraries) | {"torch": "0"}, content=b"")
    monkeypatch.setattr("core.models.scorer.estimator._DISTRIBUTIONS", {"torch": ("no-torch",)})
    with pytest.raises(GatehouseError, match=r"^the model needs torch 0, which is not installed"):
        EstimatorScorer(missing)


def test_its_vocabulary_is_whole_words(pipeline):
    words = vocabulary(pipeline)
    assert {"minister", "coach"} <= set(words)
    assert all(word.isalpha() for word in words)
    assert words == sorted(set(words))


def test_it_answers_in_another_process_without_its_checkpoint(fitted, tmp_path):
    orphan = pickle.loads(pickle.dumps(fitted))
    orphan.options = replace(orphan.options, checkpoint=str(tmp_path / "gone"))
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(orphan))
    command = [sys.executable, "-c", SCORE, tmp_path / "model.pkl", TEXTS[0]]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    expected = fitted.predict_proba(TEXTS[:1])[0].tolist()
    assert done.stdout.split() == [value.hex() for value in expected]


class TestProblems:
    def test_a_rate_that_diverges(self, checkpoint):
        with pytest.raises(DataError, match=r"params\.learning_rate: .* with 1e\+30; lower it"):
            unfitted(checkpoint, learning_rate=1e30).fit(TEXTS[:32], Y[:32])

    def test_texts_longer_than_the_checkpoint_takes(self, checkpoint):
        with pytest.raises(ConfigError, match=r"params\.max_length: .* takes 64 tokens, not 65"):
            unfitted(checkpoint, max_length=65).fit(TEXTS[:8], Y[:8])

    def test_a_folder_that_is_none(self, tmp_path):
        message = r"^candidates: params\.checkpoint: no folder '.*/none'; check the path$"
        with pytest.raises(ConfigError, match=message):
            unfitted(tmp_path / "none").fit(TEXTS[:8], Y[:8])

    @pytest.mark.parametrize("broken", [{}, {"config.json": "{"}, {"config.json": "{}"}])
    def test_a_folder_without_a_checkpoint(self, tmp_path, broken):
        for name, content in broken.items():
            (tmp_path / name).write_text(content)
        with pytest.raises(ConfigError, match=r"can't be read as a text classifier \(.+\); give a"):
            unfitted(tmp_path).fit(TEXTS[:8], Y[:8])

    def test_a_damaged_weights_file(self, checkpoint, tmp_path):
        for file in checkpoint.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes()[:2000])
        with pytest.raises(ConfigError, match="can't be read as a text classifier"):
            unfitted(tmp_path).fit(TEXTS[:8], Y[:8])

    @pytest.mark.parametrize("name", TRANSFORMERS)
    def test_a_library_that_is_not_there(self, checkpoint, monkeypatch, name):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ConfigError, match=rf"needs {name}, .*: make setup EXTRAS=transformers"):
            unfitted(checkpoint).fit(TEXTS[:8], Y[:8])


class TestHub:
    """Against a stand-in hub."""

    NAME = "someone/tiny"

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    @pytest.fixture
    def use(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        def use_endpoint(endpoint: str) -> None:
            template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
            monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", endpoint)
            monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

        return use_endpoint

    @pytest.fixture
    def nobody(self, use) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            use(f"http://127.0.0.1:{probe.getsockname()[1]}")

    @pytest.fixture
    def repository(self, checkpoint: Path, use) -> Iterator[Repository]:
        files = {file.name: file.read_bytes() for file in checkpoint.iterdir()}
        files |= {"tf_model.h5": b"large", "pytorch_model.bin": b"large"}
        repository = Repository(self.NAME, files, kind="models")
        with serve(repository) as endpoint:
            use(endpoint)
            yield repository

    def test_a_checkpoint_comes_once_without_what_is_not_needed(self, repository, checkpoint, use):
        folder = find_checkpoint(self.NAME, None)
        assert folder.name == SHA
        assert {file.name for file in folder.iterdir()} == {f.name for f in checkpoint.iterdir()}
        use("http://127.0.0.1:9")
        assert find_checkpoint(self.NAME, None) == find_checkpoint(self.NAME, SHA) == folder

    def test_weights_of_an_older_format_come_where_there_are_no_others(self, repository):
        weights = repository.files.pop("model.safetensors")
        repository.files["pytorch_model.bin"] = weights
        folder = find_checkpoint(self.NAME, None)
        assert (folder / "pytorch_model.bin").read_bytes() == weights
        assert not (folder / "tf_model.h5").exists()

    def test_no_such_model(self, repository):
        with pytest.raises(ConfigError, match=r"checkpoint: neither a folder nor .* 'some/other'"):
            find_checkpoint("some/other", None)
        with pytest.raises(ConfigError, match=r"checkpoint: neither a folder nor .* named 'a b'"):
            find_checkpoint("a b", None)

    def test_no_such_revision(self, repository):
        with pytest.raises(ConfigError, match=r"^candidates: params\.revision: .* revision 'v9'"):
            find_checkpoint(self.NAME, "v9")

    def test_a_hub_that_does_not_answer(self, nobody):
        with pytest.raises(SourceUnavailableError, match=r"can't get 'some/model' .* connection"):
            find_checkpoint("some/model", None)


def test_a_job_releases_it(checkpoint, tmp_path):
    params = SMALL | {"checkpoint": str(checkpoint), "epochs": 2}
    config = job(
        tmp_path,
        "transformed",
        candidates=[{"name": "fine", "model": "transformer", "params": params}],
        evaluation={"explain_rows": 2},
        promotion={"parity_rows": 1000},
    )
    outcome = train(config)
    assert outcome["status"] == "promoted"
    assert outcome["parity"]["max_abs_difference"] == 0
    source = Path(bentoml.bentos.get(outcome["bento"]).path) / "src"
    assert "\ntransformers==" in (source / "serving.lock").read_text()
    assert (source / "core/models/checkpoints.py").is_file()
    with pytest.raises(ImageError, match="serves a transformer, whose torch is in no lock"):
        write_context(outcome["bento"], tmp_path / "image")
