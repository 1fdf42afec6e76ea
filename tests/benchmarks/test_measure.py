import resource

import click
import pytest

from benchmarks.measure import Usage, in_turns, medians, run_python


def test_a_process_is_measured():
    used = run_python("-c", "b = b'x' * 2**30; print('out')")
    assert used.out == "out\n"
    assert used.cpu > 0
    assert used.wall > 0
    # Linux counts what a process held before it became another one: here, these tests themselves.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert 1024 <= used.peak < max(1200, 1.05 * own)


def test_a_process_gets_its_environment():
    found = run_python("-c", "import os; print(os.environ['HOME_OF_ITS_OWN'])", HOME_OF_ITS_OWN="x")
    assert found.out == "x\n"


def test_a_failure_ends_the_benchmark_with_its_reason():
    with pytest.raises(click.ClickException, match=r"exit code 3\n(.*\n)*told"):
        run_python("-c", "import sys; print('told', file=sys.stderr); sys.exit(3)")


def test_cases_take_turns_forth_and_back():
    calls = []
    cases = {name: lambda name=name: calls.append(name) or len(calls) for name in "ab"}
    assert in_turns(cases, 3) == {"a": [1, 4, 5], "b": [2, 3, 6]}
    assert calls == ["a", "b", "b", "a", "a", "b"]


def test_medians():
    usages = [Usage(wall, 2 * wall, 10 * wall, 0, "", "") for wall in (1.0, 9.0, 2.0)]
    assert medians(usages) == {"wall_s": 2, "cpu_s": 4, "peak_mib": 20}
