"""Creates or drops a database: `python -m scripts.bench.peers.inside.postgres_databases create|drop URL NAME`."""

import sys
import time
from typing import Any, Final

import psycopg
from psycopg import sql

PATIENCE_SECONDS: Final = 10.0


def main(action: str, url: str, name: str) -> None:
    statement = "DROP DATABASE IF EXISTS {} WITH (FORCE)" if action == "drop" else "CREATE DATABASE {}"
    with connected(url) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def connected(url: str) -> Any:
    """A new server listens before it can be used."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
