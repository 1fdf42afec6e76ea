"""Databases of the tests: nothing in them has to outlive a power cut. Imported for what it does.

ZenML and MLflow commit hundreds of times in a run, and SQLite waits for the disk at each. Without
that a killed process still loses nothing: what it committed is with the operating system.
"""

from sqlite3 import Connection, dbapi2
from typing import Any

_connect = dbapi2.connect


def connect(*arguments: Any, **options: Any) -> Connection:
    """As SQLAlchemy calls it, under this name."""
    connection: Connection = _connect(*arguments, **options)
    connection.execute("PRAGMA synchronous=OFF")
    return connection


dbapi2.connect = connect
