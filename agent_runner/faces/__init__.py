"""Thin Python faces of the store, for programs that run beside it: no execution, no framework."""

from agent_runner.faces.metagpt import MetaGPTRunner
from agent_runner.faces.mgx import MGXTeam, MGXTeamProvider
from agent_runner.faces.runner import BackgroundTaskRunner

__all__ = ["BackgroundTaskRunner", "MGXTeam", "MGXTeamProvider", "MetaGPTRunner"]
