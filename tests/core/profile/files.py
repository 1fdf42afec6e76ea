"""Files as people have them, generated."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path

GOOD = ("lovely", "brilliant", "warm", "superb", "moving")
BAD = ("dull", "awful", "boring", "weak", "slow")
NEUTRAL = ("film", "plot", "actor", "story", "music", "ending", "scene", "with", "and")

Row = Sequence[object]


def write_csv(path: Path, rows: Sequence[Row], separator: str = ",") -> Path:
    """Rows, the header first, as the csv module writes them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def customers(rows: int = 300, seed: int = 1) -> list[Row]:
    """A mixed table with an identifier, gaps, a constant and a yes or no that can be learnt."""
    rng = random.Random(seed)
    table: list[Row] = [("customer_id", "plan", "age", "spent", "joined", "region", "churn")]
    for number in range(rows):
        plan, age = rng.choice(("basic", "plus", "pro")), rng.randint(18, 80)
        leaves = rng.random() < (0.85 if plan == "basic" else 0.1)
        table.append(
            (
                f"c-{number:05}-{rng.randint(0, 9)}",
                plan,
                "" if rng.random() < 0.1 else age,
                round(rng.uniform(5, 500), 2),
                f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
                "EU",
                "yes" if leaves else "no",
            )
        )
    return table


def reviews(rows: int = 200, seed: int = 1) -> list[Row]:
    """Texts of two kinds."""
    rng = random.Random(seed)
    table: list[Row] = [("text", "sentiment")]
    for _ in range(rows):
        good = rng.random() < 0.5
        words = [rng.choice(NEUTRAL + (GOOD if good else BAD) * 2) for _ in range(12)]
        table.append((" ".join(words), "positive" if good else "negative"))
    return table


def houses(rows: int = 200, seed: int = 1) -> list[Row]:
    """German houses: a decimal comma, thousands separators, a currency, dates as dd.mm.yyyy."""
    rng = random.Random(seed)
    table: list[Row] = [("Ort", "Fläche", "verkauft am", "price")]
    for _ in range(rows):
        place, area = rng.choice(("Köln", "Bonn")), round(rng.uniform(30, 200), 1)
        price = int(area * 2500 + (90_000 if place == "Köln" else 0) + rng.gauss(0, 9000))
        day = f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.{rng.randint(2015, 2024)}"
        euros = f"{price:,} €".replace(",", ".")
        table.append((place, str(area).replace(".", ","), day, euros))
    return table
