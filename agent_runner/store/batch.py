"""Rows of parameters as something a statement can join with, so that one statement serves many callers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, Text, bindparam, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine


def parameter_rows(dialect: str, columns: Mapping[str, TypeEngine[Any]], parameter: str = "rows") -> FromClause:
    """The JSON array of objects bound to `parameter`, as a table named after it with these columns.

    PostgreSQL has a function for it; SQLite takes each value out of each element.
    """
    if dialect == "postgresql":
        typed = [column(name, kind) for name, kind in columns.items()]
        rows = func.jsonb_to_recordset(cast(bindparam(parameter, type_=Text), JSONB))
        return rows.table_valued(*typed, name=parameter).render_derived(with_types=True)
    element = func.json_each(bindparam(parameter, type_=Text)).table_valued("value")
    # Each path is a part of the text: as a parameter it would be looked at again with every execution.
    values = [
        func.json_extract(element.c.value, literal_column(f"'$.{name}'"), type_=kind).label(name)
        for name, kind in columns.items()
    ]
    return select(*values).select_from(element).subquery(parameter)
