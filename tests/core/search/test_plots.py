import pytest

from core.data.dataset import Dataset
from core.search.plots import search_figures
from core.search.summary import SearchSummary
from tests.core.search.conftest import run, searched


@pytest.fixture(scope="module")
def found(train: Dataset) -> SearchSummary:
    return run(searched(trials=12), train, metric="log_loss")


def test_figures_show_the_search(found: SearchSummary) -> None:
    figures = search_figures(found)
    history, importances = figures["history"].axes[0], figures["importances"].axes[0]
    assert history.get_ylabel() == "Log loss, 3 folds"
    best = history.lines[0].get_ydata()
    assert list(best) == sorted(best, reverse=True)
    assert best[-1] == found.score
    dots = sum(len(dots.get_offsets()) for dots in history.collections)
    assert dots == found.count("complete") + found.count("pruned")
    ranked = [label.get_text() for label in importances.get_yticklabels()]
    assert ranked == sorted(found.importances, key=lambda key: -found.importances[key])


def test_without_differences_there_are_no_importances(found: SearchSummary) -> None:
    none = found.model_copy(update={"importances": {}})
    assert set(search_figures(none)) == {"history"}


def test_a_summary_survives_its_json(found: SearchSummary) -> None:
    assert SearchSummary.model_validate_json(found.model_dump_json()) == found
