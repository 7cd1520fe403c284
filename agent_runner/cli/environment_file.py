"""The text of a `.env` that lists every setting with its meaning and its default."""

from typing import TYPE_CHECKING, get_args

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def environment_file() -> str:
    """What `.env.example` holds."""
    from agent_runner.settings import Settings  # noqa: PLC0415 - pydantic is slow to import

    lines = [
        "# Copy this to .env and change what you need. An empty value means the default; the environment comes first."
    ]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {description_of(field)}", f"{name.upper()}={default_of(field)}"]
    return "\n".join(lines) + "\n"


def description_of(field: "FieldInfo") -> str:
    choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
    return f"{field.description} One of {', '.join(choices)}." if choices else str(field.description)


def default_of(field: "FieldInfo") -> str:
    match field.default:
        case None | ():
            return ""
        case bool() as flag:
            return str(flag).lower()
        case float() as number:
            return f"{number:g}"
        case value:
            return str(value)
