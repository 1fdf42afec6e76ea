"""Events that remember the reloads."""


class Recorder:
    """Of all events, the models tell reloads alone."""

    def __init__(self) -> None:
        self.reloads: list[tuple[str, str]] = []
        self.served: dict[str, object] = {}

    def request(self, *_: object) -> None:
        raise AssertionError("the models know no requests")

    def answer(self, *_: object) -> None:
        raise AssertionError("the models tell no answers")

    def feedback(self, *_: object) -> None:
        raise AssertionError("the models know no feedback")

    def serving(self, model: str, served: object) -> None:
        self.served[model] = served

    def reload(self, model: str, outcome: str) -> None:
        self.reloads.append((model, outcome))
