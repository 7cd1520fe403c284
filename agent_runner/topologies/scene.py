"""One topology being played: who sits where, the keys of its calls, and what becomes of an agent that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from agent_runner.agents.prompt import shortened
from agent_runner.agents.typed.call import Call, Exchange
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Failure, Reply
from agent_runner.domain.topology import SETTLED, OnFailure, PatternConfig, Seat, TopologyType
from agent_runner.errors import AgentFailed, TopologyFailed
from agent_runner.topologies.share import Share
from agent_runner.topologies.stage import Branch, Stage
from agent_runner.topologies.transcript import Transcript

T = TypeVar("T")

SKIPPING: Final = frozenset({OnFailure.SKIP, OnFailure.QUORUM})
LONGEST_REASON: Final = 2000
"""Of one failure, in an outcome and in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """To the agent of a seat. `key` is the rest of the call's path within its topology, such as `round-2/pro`."""

    key: str
    seat: Seat
    message: str
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Act(Generic[T]):
    """What somebody does who may fail: an agent that answers, or a topology that stands within another one."""

    key: str
    seat: Seat
    play: Branch[T]


class Scene:
    """Patterns ask through it. All that failed and was done without is in `failures`, in the order of the questions."""

    def __init__(
        self,
        stage: Stage,
        composition: Composition,
        topology: TopologyType,
        *,
        key: str = "",
        node: str = "",
        share: Share | None = None,
        retries: int = 0,
    ) -> None:
        self.topology = topology
        self.share = share or Share()
        self.failures: list[Failure] = []
        self._stage = stage
        self._composition = composition
        self._key = f"{key}{topology.type}/"
        self._node = node
        self._transcript = Transcript()
        self._seats = topology.seats
        self._retries = retries + (self._config.retries if self._config.on_failure is OnFailure.RETRY else 0)

    def seats(self, slot: str) -> tuple[Seat, ...]:
        return tuple(seat for seat in self._seats if seat.slot == slot)

    def seat(self, slot: str) -> Seat | None:
        """Of a slot that takes one at most."""
        return next(iter(self.seats(slot)), None)

    def agent(self, seat: Seat) -> AgentType:
        return self._composition.agents[seat.agent]

    def tell(self, share: float, message: str) -> None:
        self._stage.tell(self.share.reach(share), message)

    def spare(self, asked: int) -> int:
        """How many of so many may fail before there is no outcome."""
        return asked - self._needed(asked) if self._config.on_failure in SKIPPING else 0

    async def ask(self, question: Question) -> Reply:
        """For an answer without which there is no outcome. Raises AgentFailed."""
        return await self._answered(self._call(question))

    async def ask_all(self, key: str, questions: Sequence[Question], *, spare: int | None = None) -> list[Reply | None]:
        """Asks all together; None stands for an agent that failed and is done without.

        `key` names the group. Raises AgentFailed where the config says that a failure counts, TopologyFailed when too
        few have answered. `spare` says how many need not, where that does not follow from those asked here.
        """
        calls = [(question, self._call(question)) for question in questions]
        acts = [Act(each.key, each.seat, partial(self._answered, call)) for each, call in calls]
        return await self.play_all(key, acts, spare=spare)

    async def play_all(self, key: str, acts: Sequence[Act[T]], *, spare: int | None = None) -> list[T | None]:
        """As `ask_all`, for what is more than a question. Raises what an act has raised, or TopologyFailed."""
        with self._transcript.side_by_side():
            if self._config.on_failure not in SKIPPING:
                return list(await self._stage.gather([act.play for act in acts]))
            return await self._play_those_that_can(key, acts, self.spare(len(acts)) if spare is None else spare)

    async def _play_those_that_can(self, key: str, acts: Sequence[Act[T]], may_fail: int) -> list[T | None]:
        played: dict[str, T] = {}

        async def carry_out(act: Act[T]) -> None:
            played[act.key] = await act.play()

        async def find() -> dict[str, str]:
            failed: dict[str, str] = {}

            async def attempt(act: Act[T]) -> None:
                try:
                    await carry_out(act)
                except (AgentFailed, TopologyFailed) as error:
                    failed[act.key] = shortened(error.message, LONGEST_REASON)

            await self._stage.gather([partial(attempt, act) for act in acts])
            in_order = {f"{self._key}{act.key}": failed[act.key] for act in acts if act.key in failed}
            if len(failed) > may_fail:
                raise self._too_few(len(acts), in_order)
            return in_order

        failed = await self._stage.settle(f"{self._key}{key}/{SETTLED}", find)
        rest = [act for act in acts if f"{self._key}{act.key}" not in failed and act.key not in played]
        await self._stage.gather([partial(carry_out, act) for act in rest])
        self._note_failures(acts, failed)
        return [played.get(act.key) for act in acts]

    def within(self, key: str, seat: Seat, share: Share) -> "Scene":
        """The scene of a topology that is a part of this one. Its agents get the further tries of this one, too."""
        return Scene(
            self._stage,
            self._composition,
            self._composition.parts[seat.agent],
            key=f"{self._key}{key}/",
            node=f"{self._node}{seat.node}/",
            share=share,
            retries=self._retries,
        )

    @property
    def _config(self) -> PatternConfig:
        return self.topology.config

    def _needed(self, asked: int) -> int:
        return min(asked, self._config.quorum or 1)

    def _call(self, question: Question) -> Call:
        return Call(
            key=f"{self._key}{question.key}",
            node=f"{self._node}{question.seat.node}",
            agent=self.agent(question.seat),
            message=question.message,
            instructions=question.instructions,
            retries=self._retries,
            earlier=self._transcript.earlier,
        )

    async def _answered(self, call: Call) -> Reply:
        reply = await self._stage.call(call)
        self._transcript.note(Exchange(key=call.key, message=call.message, reply=reply))
        return reply

    def _too_few(self, asked: int, failed: dict[str, str]) -> TopologyFailed:
        rule = f"on_failure: {self._config.on_failure}" + (f", {self._config.quorum}" if self._config.quorum else "")
        reasons = shortened("; ".join(failed.values()), LONGEST_REASON)
        return TopologyFailed(
            f"{len(failed)} of {asked} asked by the topology {self.topology.name} have failed, and it cannot do"
            f" without ({rule}): {reasons}"
        )

    def _note_failures(self, acts: Sequence[Act[T]], failed: dict[str, str]) -> None:
        self.failures += [
            Failure(node=f"{self._node}{act.seat.node}", agent=act.seat.agent, error=error)
            for act in acts
            if (error := failed.get(f"{self._key}{act.key}")) is not None
        ]


def present(replies: Sequence[T | None]) -> tuple[T, ...]:
    """Those that have answered."""
    return tuple(reply for reply in replies if reply is not None)
