"""The people of a simulated world, who are asked: they grant, reject, answer, change their minds, and come too late."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from agent_runner.domain.approval import ApprovalKind, ApprovalStatus
from agent_runner.errors import Conflict, NotFound
from agent_runner.store.approvals import ApprovalRecord
from agent_runner.store.decisions import Grant, Rejection, answer, grant, reject
from tests.simulation.memory import Question, Said, demand
from tests.simulation.scene import Intent, Scene

TICKED = ("workflow",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person says on a question."""

    status: ApprovalStatus
    diff_sha: str | None = None
    flags: tuple[str, ...] = TICKED
    revise: bool = False
    text: str | None = None

    def is_of(self, asked: Question) -> bool:
        """Whether the question is decided just so already."""
        return (asked.status, asked.revise, asked.text) == (self.status, self.revise, self.text)

    def names(self, asked: Question) -> bool:
        return self.status is not ApprovalStatus.GRANTED or self.diff_sha == asked.diff_sha

    def fits(self, asked: Question) -> bool:
        """Whether it may decide the question while that is open."""
        match self.status:
            case ApprovalStatus.GRANTED:
                ticked = set(self.flags) >= {flag for flag in TICKED if f'"{flag}"' in asked.question}
                return self.names(asked) and ticked and asked.kind != ApprovalKind.INPUT
            case ApprovalStatus.ANSWERED:
                return asked.kind == ApprovalKind.INPUT
            case _:
                return True


class Person:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def intents(self) -> Iterator[Intent]:
        """What they may say next, most often on a question that is open."""
        asked = list(self._scene.questions.values())
        if waiting := [each for each in asked if each.status == ApprovalStatus.OPEN]:
            for _ in range(2):
                yield self._intent(self._scene.chance.choice(waiting), self._some_wish)
        if asked:
            yield self._intent(self._scene.chance.choice(asked), self._some_wish)

    def answers(self) -> Iterator[Intent]:
        """On every open question, and most often what lets its run go on."""
        for asked in self._scene.questions.values():
            if asked.status == ApprovalStatus.OPEN:
                yield self._intent(asked, self._yes if self._scene.chance.random() < 0.6 else self._some_wish)

    def _intent(self, asked: Question, wish: Callable[[Question], Wish]) -> Intent:
        said = wish(asked)
        return Intent("decide", lambda: self.decide(asked, said), asked.run_id)

    def _yes(self, asked: Question) -> Wish:
        if asked.kind == ApprovalKind.INPUT:
            return Wish(status=ApprovalStatus.ANSWERED, text=self._scene.mark("text"))
        return Wish(status=ApprovalStatus.GRANTED, diff_sha=asked.diff_sha)

    def _some_wish(self, asked: Question) -> Wish:
        chance, yes = self._scene.chance, self._yes(asked)
        granted, answered = ApprovalStatus.GRANTED, ApprovalStatus.ANSWERED
        another = None if asked.diff_sha and chance.random() < 0.5 else "f" * 64
        is_input = yes.status is answered
        wishes = {
            "no": Wish(status=ApprovalStatus.REJECTED),
            "revise": Wish(status=ApprovalStatus.REJECTED, revise=True),
            "another diff": Wish(status=granted, diff_sha=another),
            "no tick": Wish(status=granted, diff_sha=asked.diff_sha, flags=()),
            "wrong verb": Wish(status=granted) if is_input else Wish(status=answered, text="x"),
        }
        if asked.status in {granted, answered, ApprovalStatus.REJECTED}:
            status = ApprovalStatus(asked.status)
            wishes["again"] = Wish(status=status, diff_sha=asked.diff_sha, revise=asked.revise, text=asked.text)
        return yes if chance.random() < 0.4 else chance.choice(list(wishes.values()))

    async def decide(self, known: Question, wish: Wish) -> None:
        """`known` is the question as the person saw it; it may be another one by now."""
        scene, run_id, who = self._scene, known.run_id, self._scene.mark("person")
        asked, run = scene.questions.get(known.id), scene.memory.run(run_id)
        is_alone = scene.company.leaves_alone(run_id, "return", "task")
        may_be_done = wish.fits(asked or known)
        was_open = asked is not None and asked.status == ApprovalStatus.OPEN
        said = Said(known.id, wish.status, revise=wish.revise, text=wish.text, is_refused=not may_be_done)
        scene.memory.said[who] = said
        was_committing = run.is_committing
        run.may_be_cancelled |= wish.status is ApprovalStatus.REJECTED and not wish.revise
        what = f"{who} says {wish.status}{' revise' * wish.revise} to question {known.id} of run {run_id}"
        given = await scene.ask(what, scene.database.write(*self._call(known, wish, who)), Conflict, NotFound)
        if isinstance(given, NotFound):
            demand(run.may_be_deleted, "I16", f"run {run_id} was acknowledged, and its question {known.id} is gone")
        said.is_refused |= isinstance(given, Conflict)
        if is_alone and asked is not None and (not isinstance(given, Exception) or isinstance(given, Conflict)):
            self._check_alone(asked, wish, given)
        if isinstance(given, ApprovalRecord):
            scene.memory.check_decision(given)
            as_said = (given.status, given.revise, given.text) == (wish.status, wish.revise, wish.text)
            demand(as_said, "ANSWER", f"{what}, and was answered {given.status}")
            is_no = wish.status is ApprovalStatus.REJECTED and not wish.revise and given.decided_by == who
            demand(not (is_no and was_committing), "I11", f"{what}, which has passed its commit point")
            run.is_cancelled |= is_no and is_alone and was_open

    @staticmethod
    def _call(asked: Question, wish: Wish, who: str) -> tuple[Any, ...]:
        match wish.status:
            case ApprovalStatus.GRANTED:
                granted = Grant(decided_by=who, diff_sha=wish.diff_sha, accept_flags=wish.flags)
                return grant, asked.run_id, granted, asked.id
            case ApprovalStatus.ANSWERED:
                return answer, asked.run_id, wish.text, who, asked.id
            case _:
                return reject, asked.run_id, Rejection(decided_by=who, comment=who, revise=wish.revise), asked.id

    def _check_alone(self, asked: Question, wish: Wish, given: Any) -> None:
        """Nobody else has a hand in it: what the question was before decides what a person is answered."""
        if asked.status == ApprovalStatus.OPEN:
            is_late = asked.expires_at is not None and asked.expires_at <= self._scene.now()
            is_legal = wish.fits(asked) and not is_late
        else:
            is_legal = wish.is_of(asked) and wish.names(asked)
        was_done = not isinstance(given, Exception)
        name = f"question {asked.id} of run {asked.run_id}, {asked.kind} {asked.status} until {asked.expires_at}"
        demand(was_done == is_legal, "I9", f"{wish} on {name}: {given!r}")
