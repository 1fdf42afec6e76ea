"""The measurements as tables."""

from collections.abc import Sequence
from statistics import median

from benchmarks.measure import print_table
from benchmarks.serving.load import LOADS, Sample
from benchmarks.serving.rounds import Visit, Visits
from benchmarks.serving.starts import Starts
from benchmarks.serving.targets import Finding

NOISE = 0.1  # cores


def show_visits(title: str, visits: Visits) -> None:
    """One table a load: medians over the rounds, errors summed."""
    for load in LOADS:
        print_table(
            f"{title}; {load.name}",
            {name: _row([v.samples[load.name] for v in found]) for name, found in visits.items()},
        )
    memory = {name: _memory(found) for name, found in visits.items()}
    print_table(f"{title}; memory of all processes after the load", memory)


def show_findings(title: str, findings: Sequence[Finding]) -> None:
    """The verdicts, on medians over the rounds."""
    rows: dict[str, dict[str, float | str]] = {
        found.name: {
            "median": found.median,
            "min": found.low,
            "max": found.high,
            "target": found.target,
            "": found.verdict,
        }
        for found in findings
    }
    print_table(title, rows)


def show_starts(title: str, starts: Starts) -> None:
    """Medians over the runs."""
    rows = {
        name: {
            "s to the first answer": median(start.seconds for start in found),
            "RSS MB": median(start.memory.rss_mb for start in found),
            "PSS MB": median(start.memory.pss_mb for start in found),
        }
        for name, found in starts.items()
    }
    print_table(title, rows)


def noise(visits: Visits) -> str | None:
    """A line about measurements that others disturbed; None if there are none."""
    samples = [s for found in visits.values() for visit in found for s in visit.samples.values()]
    noisy = sum(sample.others > NOISE for sample in samples)
    if not noisy:
        return None
    return (
        f"in {noisy} of {len(samples)} measurements others used more than {NOISE:g} cores: "
        "the machine was not idle"
    )


def _row(samples: Sequence[Sample]) -> dict[str, float | str]:
    return {
        "requests/s": median(sample.rps for sample in samples),
        "p50 ms": median(sample.p50_ms for sample in samples),
        "p99 ms": median(sample.p99_ms for sample in samples),
        "CPU µs": median(sample.cpu_us for sample in samples),
        "errors": f"{sum(sample.errors for sample in samples)}",
        "others": median(sample.others for sample in samples),
    }


def _memory(visits: Sequence[Visit]) -> dict[str, float]:
    return {
        "RSS MB": median(visit.memory.rss_mb for visit in visits),
        "PSS MB": median(visit.memory.pss_mb for visit in visits),
    }
