"""The copy of a SQLite database while everything goes on."""

from pathlib import Path

from agent_runner.errors import NotFound, StoreUnavailable
from agent_runner.store.status import first_damage, reading


def copy_database(path: Path, target: Path) -> None:
    """Writes one moment of the database into the empty file. Raises StoreUnavailable when the copy is damaged."""
    if not path.exists():
        raise NotFound(f"there is no database at {path.absolute()}", next_step="see agent-runner db status")
    with reading(path) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    if damage := first_damage(target, thorough=True):
        raise StoreUnavailable(
            f"the copy of {path.absolute()} is damaged, and so perhaps is the database: {damage}",
            next_step="try again on another disk; if it stays, agent-runner db restore FILE with an older backup",
        )
