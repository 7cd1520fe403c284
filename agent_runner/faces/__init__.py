"""Thin Python faces of the store, for programs that run beside it: no execution, no framework."""

from agent_runner.faces.metagpt import MetaGPTRunner

__all__ = ["MetaGPTRunner"]
