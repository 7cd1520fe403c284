"""Which database a DATABASE_URL names, and where the processes that share it on one host meet."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from agent_runner.errors import ConfigurationError

EXAMPLES: Final = "use for example sqlite:///data/agent_runner.db or postgresql://user:password@host:5432/agent_runner"


def postgres_dsn(url: str) -> str | None:
    """The URL as PostgreSQL's own clients read it, whichever driver it names; None when it names no PostgreSQL.

    Raises ConfigurationError for what is not the URL of a database.
    """
    scheme, separator, rest = url.partition("://")
    if scheme.partition("+")[0] not in {"postgresql", "postgres"} or not separator:
        return None
    parsed = _parsed(f"postgresql://{rest}")
    if not parsed.database:
        raise ConfigurationError(f"DATABASE_URL {shown(url)} names no database", next_step=EXAMPLES)
    return f"postgresql://{rest}"


def sqlite_path(url: str) -> Path:
    """The file that a SQLite URL names. Raises ConfigurationError for any other URL."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"DATABASE_URL names {parsed.get_backend_name()}, which is not supported", next_step=EXAMPLES
        )
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError(
            "an in-memory SQLite database cannot be shared between the API and its workers",
            next_step="name a file, for example sqlite:///data/agent_runner.db",
        )
    return Path(parsed.database)


def run_directory(url: str) -> Path:
    """Where the processes of this host that share the database keep locks and sockets.

    For SQLite it lies beside the file. For PostgreSQL it is a folder of this user in the temporary directory.
    """
    dsn = postgres_dsn(url)
    if dsn is None:
        return run_directory_of(sqlite_path(url))
    parsed = _parsed(dsn)
    # Whoever connects, and how: it is the same database.
    where = (parsed.host or parsed.query.get("host"), parsed.port or parsed.query.get("port"), parsed.database)
    name = hashlib.sha256(repr(where).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"agent-runner-{os.getuid()}-{name}.run"


def environments_directory(url: str) -> Path:
    """Where the environments of hosts are, in the run directory of the database."""
    return run_directory(url) / "hosts"


def run_directory_of(path: Path) -> Path:
    return path.with_name(path.name + ".run")


def make_run_directory(directory: Path) -> None:
    """Raises ConfigurationError when it is there and belongs to somebody else, who could then play with the locks."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.parent == Path(tempfile.gettempdir()) and directory.lstat().st_uid != os.getuid():
        raise ConfigurationError(f"{directory} belongs to another user", next_step="remove it, or set TMPDIR")


def shown(url: str) -> str:
    """The URL without its password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return repr(url.rpartition("@")[2])
    return parsed.difference_update_query(["password"]).render_as_string()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"DATABASE_URL {shown(url)} is not a database URL", next_step=EXAMPLES) from None
