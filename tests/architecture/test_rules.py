"""The checkers find what they are for, and pass what is right."""

import pytest

from tests.architecture import rules

BAD_CLIENTS = [
    "from zenml.client import Client\nSTACK = Client().active_stack",
    "import zenml.client\nclass A:\n    stack = zenml.client.Client()",
    "def f(client=Client()): ...",
    "@step(tracker=Client().active_stack.experiment_tracker.name)\ndef f(): ...",
    "if True:\n    Client()",
]
GOOD_CLIENTS = [
    "def f():\n    return Client()",
    "class A:\n    def f(self):\n        return Client()",
    "get = lambda: Client()",
    "from zenml.client import Client",
]


@pytest.mark.parametrize("source", BAD_CLIENTS)
def test_a_client_at_import_is_found(source: str) -> None:
    assert len(rules.clients_at_import(source)) == 1


@pytest.mark.parametrize("source", GOOD_CLIENTS)
def test_a_client_at_run_time_is_right(source: str) -> None:
    assert rules.clients_at_import(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import zenml",
        "import os, zenml.client as c",
        "from zenml.client import Client",
        "def f():\n    from zenml import step",
        "if TYPE_CHECKING:\n    import zenml",
    ],
)
def test_a_forbidden_import_is_found(source: str) -> None:
    assert len(rules.forbidden_imports(source, frozenset({"zenml"}))) == 1


@pytest.mark.parametrize("source", ["import os", "import zenml_like", "from . import zenml"])
def test_other_imports_are_right(source: str) -> None:
    assert rules.forbidden_imports(source, frozenset({"zenml"})) == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept ValueError:\n    pass",
        "try:\n    f()\nexcept Exception:\n    ...",
        "with contextlib.suppress(Exception):\n    f()",
    ],
)
def test_a_swallowed_error_is_found(source: str) -> None:
    assert len(rules.swallowed_errors(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept ValueError as error:\n    raise DataError('x') from error",
        "try:\n    x = f()\nexcept KeyError:\n    x = None",
        "with suppress(FileNotFoundError):\n    f()",
        "for x in y:\n    try:\n        f()\n    except FileNotFoundError:\n        continue",
    ],
)
def test_a_handled_error_is_right(source: str) -> None:
    assert rules.swallowed_errors(source) == []


def test_long_functions_and_files_are_found() -> None:
    def function(lines: int) -> str:
        return "def f():\n" + "    x = 1\n" * (lines - 1)

    assert rules.functions_too_long(function(rules.MAX_FUNCTION_LINES)) == []
    assert len(rules.functions_too_long(function(rules.MAX_FUNCTION_LINES + 1))) == 1
    assert rules.file_too_long("x\n" * 80, 80) == []
    assert rules.file_too_long("x\n" * 81, 80) == ["81 lines, at most 80 are allowed"]
