"""The errors a user can mend, each with the exit code of the command line.

A message names the key, the value and the fix in one line; ``docs/cli.md`` lists the codes.
"""


class GatehouseError(Exception):
    """Something failed in a way that we can explain. Exit code 1."""

    exit_code = 1


class ConfigError(GatehouseError):
    """The config or the command line is wrong; nothing was started. Exit code 2."""

    exit_code = 2


class DataError(GatehouseError):
    """The data is not what the config says it is."""


class SourceUnavailableError(DataError):
    """A data source can't be reached."""


class StackError(GatehouseError):
    """The active ZenML stack lacks what a step needs."""


class ReleaseError(GatehouseError):
    """A release failed half-way and was undone."""


class UnsupportedModelError(GatehouseError):
    """A fitted model can't be exported to the exact scorer."""


class LedgerError(GatehouseError):
    """The record is damaged, or does not allow what was asked."""


class ApprovalError(GatehouseError):
    """A person can't decide on a candidate, or not any more."""
