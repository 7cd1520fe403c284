"""Stands in for packages that MetaGPT imports on its way and its software company never calls."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

NEVER_CALLED: Final = frozenset(
    [
        "PIL",
        "aiohttp",
        "anthropic",
        "boto3",
        "botocore",
        "bs4",
        "dashscope",
        "docx",
        "git",
        "gitignore_parser",
        "google",
        "gymnasium",
        "imap_tools",
        "joblib",
        "nbclient",
        "nbformat",
        "numpy",
        "openai",
        "pandas",
        "playwright",
        "qianfan",
        "requests",
        "rich",
        "sklearn",
        "sparkai",
        "tiktoken",
        "tree_sitter",
        "tree_sitter_python",
        "volcenginesdkarkruntime",
        "zhipuai",
    ]
)
"""What else is missing fails as it should."""


class _Anything(type):
    """A class that can be subclassed, subscripted and joined with others in annotations, and has every attribute."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return anything(name)

    def __getitem__(cls, _: object) -> type:
        return cls

    def __or__(cls, _: object) -> type:
        return cls

    def __ror__(cls, _: object) -> type:
        return cls


def anything(name: str) -> type:
    return _Anything(name, (), {"__init__": _takes_anything, "__call__": _as_decorator})


def _takes_anything(*_: object, **__: object) -> None:
    pass


def _as_decorator(_: object, *arguments: Any, **__: object) -> Any:
    return arguments[0] if arguments else None


class _Missing(ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, made := anything(name))
        return made


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self, is_package=True) if fullname.partition(".")[0] in NEVER_CALLED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Missing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        del module  # there is nothing in it


def install() -> None:
    """After all other finders: what is installed is never replaced."""
    sys.meta_path.append(_Finder())
