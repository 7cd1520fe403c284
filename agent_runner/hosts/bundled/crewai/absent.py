"""Stands in for packages that CrewAI imports and a crew without knowledge, memory and providers never uses."""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ABSENT = ("chromadb", "numpy", "openai", "opentelemetry.exporter")
"""Any other name that is missing stays an ImportError."""


class Placeholder:
    """A class to derive from, to subscript and to annotate with. It has nothing in it, so a use of it fails."""

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # noqa: PLC0415 - only CrewAI's environment has it

        return core_schema.any_schema()


class AbsentModule(ModuleType):
    """Whatever is asked of it is there, as a class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Placeholder,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class AbsentFinder(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        if any(fullname == name or fullname.startswith(f"{name}.") for name in ABSENT):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def install() -> None:
    """Asked last, so that a package that is installed is the real one."""
    sys.meta_path.append(AbsentFinder())
