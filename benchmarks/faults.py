"""What faults cost: the figures that the tests of a running server print, and its memory."""

import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import click

from benchmarks.measure import json_option, print_json, print_table, run_python
from tests.service.load import Load
from tests.service.servers import packed, served

TESTS = [
    f"tests/service/test_{name}.py" for name in ("faults", "hot_swap", "schemathesis", "served")
]
WARM_UP, REQUESTS, CONNECTIONS = 4_000, 20_000, 10


@click.command()
@json_option
def main(as_json: bool) -> None:
    """Run the fault tests on real servers, then 20,000 requests; print what was measured.

    Fails if a test fails. Each server has two workers and the default settings, unless its figure
    says otherwise.
    """
    with tempfile.TemporaryDirectory(prefix="gatehouse-faults-") as folder:
        figures = _of_tests(Path(folder)) | _memory(Path(folder))
    if as_json:
        print_json(figures)
    else:
        rows = {name: {"value": value} for name, value in figures.items()}
        print_table("Faults of a running server", rows)


def _of_tests(folder: Path) -> dict[str, float]:
    """What the tests noted, by name."""
    report = folder / "report.xml"
    run_python("-m", "pytest", *TESTS, f"--junitxml={report}")
    found = ET.parse(report).iter("property")
    return {one.attrib["name"]: float(one.attrib["value"]) for one in found}


def _memory(folder: Path) -> dict[str, float]:
    """Resident memory of both workers before and after the requests, MB."""
    with packed(folder / "packed") as store, served(store, folder / "server") as server:
        with Load(server, CONNECTIONS) as load:
            load.wait_for(WARM_UP)
            before = server.memory()
            load.wait_for(REQUESTS, seconds=300)
            after = server.memory()
        if load.failed:
            raise click.ClickException(f"{len(load.failed)} requests failed: {load.failed[0]}")
    return {
        "memory: requests": REQUESTS,
        "memory: of both workers before, MB": before / 1e6,
        "memory: of both workers after, MB": after / 1e6,
    }


if __name__ == "__main__":
    main()
