"""One topology being played: who sits where, the keys of its calls, and what becomes of an agent that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from agent_runner.agents.typed.call import Call, Exchange
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import Failure, Reply
from agent_runner.domain.topology import OnFailure, PatternConfig, Seat, TopologyType
from agent_runner.errors import AgentFailed, PermanentAgentError, TopologyFailed
from agent_runner.topologies.stage import Branch, Stage
from agent_runner.topologies.transcript import Transcript

T = TypeVar("T")

SKIPPING: Final = frozenset({OnFailure.SKIP, OnFailure.QUORUM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """To the agent of a seat. `key` is the rest of the call's path within its topology, such as `round-2/pro`."""

    key: str
    seat: Seat
    message: str
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the whole run that a topology within another one is, for its progress."""

    begin: float = 0.0
    size: float = 1.0

    def at(self, share: float) -> float:
        return self.begin + self.size * share

    def part(self, number: int, of: int) -> "Share":
        """The `number`th of so many equal parts, from 0."""
        return Share(self.begin + self.size * number / of, self.size / of)


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
        share: Share = Share(),
    ) -> None:
        self.topology = topology
        self.share = share
        self.failures: list[Failure] = []
        self._stage = stage
        self._composition = composition
        self._key = f"{key}{topology.type}/"
        self._node = node
        self._transcript = Transcript()

    def seats(self, slot: str) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.topology.seats if seat.slot == slot)

    def seat(self, slot: str) -> Seat | None:
        """Of a slot that takes one at most."""
        return next(iter(self.seats(slot)), None)

    def agent(self, seat: Seat) -> AgentType:
        return self._composition.agents[seat.agent]

    def tell(self, share: float, message: str) -> None:
        self._stage.tell(self.share.at(share), message)

    async def ask(self, question: Question) -> Reply:
        """For an answer without which there is no outcome. Raises AgentFailed or PermanentAgentError."""
        call = self._call(question)
        return self._noted(call, await self._answered(call))

    async def ask_all(self, key: str, questions: Sequence[Question]) -> list[Reply | None]:
        """Asks all together; None stands for an agent that failed and is done without.

        `key` names the group. Raises AgentFailed or PermanentAgentError where the config says that a failure counts,
        TopologyFailed when too few have answered.
        """
        calls = [self._call(question) for question in questions]
        replies = await self._replies(key, calls)
        with self._transcript.side_by_side():
            return [reply and self._noted(call, reply) for call, reply in zip(calls, replies, strict=True)]

    async def _replies(self, key: str, calls: Sequence[Call]) -> list[Reply | None]:
        if self._config.on_failure not in SKIPPING:
            return list(await self._stage.gather([partial(self._answered, call) for call in calls]))
        replies: dict[str, Reply] = {}

        async def answer(call: Call) -> None:
            replies[call.key] = await self._stage.call(call)

        async def find() -> dict[str, str]:
            failed: dict[str, str] = {}

            async def attempt(call: Call) -> None:
                try:
                    await answer(call)
                except AgentFailed as error:
                    failed[call.key] = error.message

            await self._stage.gather([partial(attempt, call) for call in calls])
            self._check_enough(len(calls), failed)
            return failed

        failed = await self._stage.settle(f"{self._key}{key}/settled", find)
        await self._stage.gather([partial(answer, call) for call in calls if call.key not in {*failed, *replies}])
        self._note_failures(calls, failed)
        return [replies.get(call.key) for call in calls]

    async def gather(self, branches: Sequence[Branch[T]]) -> list[T]:
        with self._transcript.side_by_side():
            return await self._stage.gather(branches)

    def within(self, key: str, seat: Seat, share: Share) -> "Scene":
        """The scene of a topology that is a part of this one."""
        part = self._composition.parts[seat.agent]
        node = f"{self._node}{seat.node}/"
        return Scene(self._stage, self._composition, part, key=f"{self._key}{key}/", node=node, share=share)

    @property
    def _config(self) -> PatternConfig:
        return self.topology.config

    def _call(self, question: Question) -> Call:
        extra = self._config.retries if self._config.on_failure is OnFailure.RETRY else 0
        return Call(
            key=f"{self._key}{question.key}",
            node=f"{self._node}{question.seat.node}",
            agent=self.agent(question.seat),
            message=question.message,
            instructions=question.instructions,
            retries=extra,
            earlier=self._transcript.earlier,
        )

    def _noted(self, call: Call, reply: Reply) -> Reply:
        self._transcript.note(Exchange(key=call.key, message=call.message, reply=reply))
        return reply

    async def _answered(self, call: Call) -> Reply:
        try:
            return await self._stage.call(call)
        except AgentFailed as error:
            if error.is_permanent:
                raise PermanentAgentError(error.message, next_step=error.next_step) from error
            raise

    def _check_enough(self, asked: int, failed: dict[str, str]) -> None:
        needed = min(asked, self._config.quorum or 1)
        if asked - len(failed) < needed:
            sentence = f"{len(failed)} of {asked} agents of {self.topology.name} have failed, and {needed} must answer"
            raise TopologyFailed(f"{sentence}: {'; '.join(failed.values())}")

    def _note_failures(self, calls: Sequence[Call], failed: dict[str, str]) -> None:
        self.failures += [
            Failure(node=call.node, agent=call.agent.name, error=failed[call.key])
            for call in calls
            if call.key in failed
        ]


def present(replies: Sequence[Reply | None]) -> tuple[Reply, ...]:
    """Those that have answered."""
    return tuple(reply for reply in replies if reply is not None)
