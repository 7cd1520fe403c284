"""Mixin `cache`: the worker's cache may answer instead of the model, with what it has answered to the same before.

Which questions it knows depends on what others have asked, on this worker or on all that share its cache. What it
answers is a model call that costs nothing, and is in the journal like every other.
"""

from typing import ClassVar

from agent_runner.agents.typed.base import Mixin, OnCreate
from agent_runner.domain.mixin import CacheOptions, MixinOptions


class CacheMixin(Mixin[CacheOptions]):
    name: ClassVar[str] = "cache"
    options_type: ClassVar[type[MixinOptions]] = CacheOptions

    async def on_create(self, hook: OnCreate) -> None:
        hook.dialogue.take_earlier_answers()
