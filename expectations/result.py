"""The outcome of checking one table against a suite."""

from pydantic import BaseModel, ConfigDict


class Violation(BaseModel):
    """One broken expectation.

    Attributes:
        check: Name of the check within its suite.
        table: Which table was checked, such as "raw" or "train".
        message: What is wrong, in words.
        count: Rows concerned; 0 when the expectation is about the whole table.
        rows: Up to ten row numbers, counted from 0 in the source.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    table: str
    message: str
    count: int = 0
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.count:
            return f"{self.table}: {self.message}"
        shown = ", ".join(str(row) for row in self.rows)
        more = ", ..." if self.count > len(self.rows) else ""
        rows = "row" if self.count == 1 else "rows"
        return f"{self.table}: {self.message}: {self.count} {rows} ({shown}{more})"


class SuiteResult(BaseModel):
    """All that a suite found in one table.

    Attributes:
        suite: Name of the suite.
        table: Which table was checked.
        rows: Rows of the table.
        checks: Expectations evaluated.
        violations: Broken expectations that must stop the run.
        notes: Broken expectations that the config tolerates.
        html: Great Expectations' own page of the result.
    """

    model_config = ConfigDict(frozen=True)

    suite: str
    table: str
    rows: int
    checks: int
    violations: tuple[Violation, ...]
    notes: tuple[Violation, ...]
    html: str

    @property
    def passed(self) -> bool:
        return not self.violations
