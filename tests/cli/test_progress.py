from cli.progress import said
from core.search.progress import SearchProgress


def test_how_far_a_search_is_in_words() -> None:
    begun = SearchProgress(done=0, trials=30, pruned=0, metric="accuracy", best=None)
    assert said(begun) == "trial 0 of 30, 0 pruned"
    later = SearchProgress(done=7, trials=30, pruned=2, metric="accuracy", best=0.87654)
    assert said(later) == "trial 7 of 30, best accuracy 0.8765, 2 pruned"
