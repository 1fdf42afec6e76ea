"""The hub source against a stand-in hub."""

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import datasets
import huggingface_hub.constants
import pytest

from core.config.data import DataConfig, HubSource
from core.data import hub
from core.data.loading import load_dataset, source_state
from core.errors import ConfigError, DataError, SourceUnavailableError
from tests.core.data.hub_server import SHA, Repository, serve

NAME = "someone/news"
COLUMNS = ("text", "label")
CLASSES = ["World", "Sports"]


def parquet(texts: list[str], labels: list[int]) -> bytes:
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=CLASSES),
            "desk": datasets.ClassLabel(names=["x", "y"]),
        }
    )
    columns = {"text": texts, "label": labels, "desk": [i % 2 for i, _ in enumerate(texts)]}
    data = datasets.Dataset.from_dict(columns, features=features)
    buffer = io.BytesIO()
    data.to_parquet(buffer)
    return buffer.getvalue()


def use_endpoint(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Points the hub libraries, which read HF_ENDPOINT when imported, to another hub."""
    template = "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(
        huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + template
    )
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", endpoint)
    datasets_url = endpoint + "/datasets/{repo_id}/resolve/{revision}/{path}"
    monkeypatch.setattr(datasets.config, "HUB_DATASETS_URL", datasets_url)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", tmp_path / "downloads")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    files = {
        "train.parquet": parquet(["Talks resume", "Cup final", ""], [0, 1, 1]),
        "test.parquet": parquet(["Border vote"], [0]),
    }
    repository = Repository(NAME, files)
    with serve(repository) as endpoint:
        use_endpoint(monkeypatch, endpoint)
        yield repository


@pytest.fixture
def closed_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    use_endpoint(monkeypatch, f"http://127.0.0.1:{port}")


def source(**changes: object) -> HubSource:
    return HubSource.model_validate({"kind": "hub", "path": NAME, **changes})


def read(source: HubSource) -> list[dict[str, object]]:
    return hub.open_hub(source).read(COLUMNS).to_pylist()


def test_splits_are_joined_in_order_and_class_names_become_labels(repository: Repository) -> None:
    stream = hub.open_hub(source(split="test+train"))
    assert stream.read(COLUMNS).to_pydict() == {
        "text": ["Border vote", "Talks resume", "Cup final", None],
        "label": [0, 0, 1, 1],
    }
    assert stream.classes["label"] == ("World", "Sports")


def test_a_dataset_gets_the_class_names(repository: Repository) -> None:
    config = DataConfig.model_validate({"source": {"kind": "hub", "path": NAME}})
    dataset = load_dataset(config, seed=1)
    assert dataset.labels == ("World", "Sports")
    assert dataset.frame["label"].tolist() == [0, 1, 1]


def test_the_state_is_the_commit(repository: Repository) -> None:
    assert source_state(source()) == SHA
    assert source_state(source(revision="main")) == SHA


def test_the_resolved_commit_is_what_is_read(repository: Repository) -> None:
    read(source(revision="main"))
    read_paths = [path for path in repository.requests if "/resolve/" in path]
    assert read_paths
    assert all(SHA in path for path in read_paths)


def test_an_unknown_data_set_is_a_config_error(repository: Repository) -> None:
    with pytest.raises(ConfigError, match=r"data\.source\.path.*'someone/olds'"):
        read(source(path="someone/olds"))


@pytest.mark.parametrize("path", ["no such name", "a/b/c"])
def test_a_malformed_name_is_a_config_error(repository: Repository, path: str) -> None:
    with pytest.raises(ConfigError, match=r"data\.source\.path"):
        read(source(path=path))


def test_an_unknown_revision_is_a_config_error(repository: Repository) -> None:
    with pytest.raises(ConfigError, match=r"data\.source\.revision.*'v9'"):
        read(source(revision="v9"))


@pytest.mark.parametrize("changes", [{"split": "validation"}, {"subset": "german"}])
def test_an_unknown_split_or_subset_is_a_config_error(
    repository: Repository, changes: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=r"data\.source\.split or data\.source\.subset"):
        read(source(**changes))


def test_columns_kept_to_slice_by(repository: Repository) -> None:
    values = {"text": "text", "label": "desk", "slices": ("label",)}
    dataset = load_dataset(DataConfig(source=source(), **values), seed=1)
    assert dataset.labels == ("x", "y"), "the names of the label's classes, not of the slice's"
    assert dataset.frame["label"].tolist() == ["0", "1", "1"]


def test_a_missing_column_names_the_key(repository: Repository) -> None:
    with pytest.raises(DataError, match=r"--set data\.text=text"):
        load_dataset(DataConfig(source=source(), text="texts"), seed=1)


@pytest.mark.usefixtures("closed_port")
def test_an_unreachable_hub_names_the_way_out() -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        read(source())
    message = str(caught.value)
    assert "--set data.source.kind=file --set data.source.path=FILE" in message
    assert "--config configs/quickstart.yaml" in message
    assert "\n" not in message


def test_a_silent_hub_is_given_up_after_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_endpoint(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SourceUnavailableError, match="can't reach the hub"):
            source_state(source())


def test_offline_mode_needs_no_request(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SourceUnavailableError, match="offline mode"):
        read(source())
    assert repository.requests == []


def test_the_cache_serves_when_the_hub_is_gone(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    online = read(source(split="train+test"))
    use_endpoint(monkeypatch, "http://127.0.0.1:9")
    offline = read(source(split="train+test"))
    assert offline == online
    assert source_state(source()) == SHA


def test_the_cache_does_not_stand_in_for_another_revision(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(source())
    use_endpoint(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(SourceUnavailableError):
        source_state(source(revision="f" * 40))
    assert source_state(source(revision=SHA)) == SHA
