from adapters.tracking import _flat, tracker_options


def test_settings_become_dotted_parameters() -> None:
    nested = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": 1}, {"e": None}], "f": "x"}
    assert _flat(nested) == {"a.b": 1, "a.c": [1, 2], "d.0.e": 1, "d.1.e": None, "f": "x"}


def test_each_candidate_is_a_run_of_the_models_experiment() -> None:
    options = tracker_options("news")
    assert options["experiment_tracker"] is True
    assert options["settings"]["experiment_tracker"] == {"experiment_name": "news", "nested": True}
