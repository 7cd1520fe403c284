"""The program as the maker of a change: turn by turn, each a step that holds what became of the files."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final, Self

from acp.schema import PromptResponse
from pydantic import BaseModel, ConfigDict, JsonValue

from agent_runner.agents.acp.editor import Editor
from agent_runner.agents.acp.options import Options, options_of
from agent_runner.agents.acp.place import Place
from agent_runner.agents.acp.session import Session, open_session
from agent_runner.agents.base import Told
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.draft import Change
from agent_runner.agents.change.outcome import DEMO_NOTE, bring_in
from agent_runner.agents.change.rounds import Rounds
from agent_runner.agents.prompt import load_prompt, shortened
from agent_runner.domain.events import AgentStart, FileChanged
from agent_runner.errors import FileRefused, HostFailed
from agent_runner.hosts.manifest import Host

MOST_OBJECTIONS: Final = 2
"""Turns in a row that are about what could not stay of the one before; then the rest goes its way."""
LONGEST_STORY: Final = 1_000
"""Characters of each thing that was said in an earlier session."""
MOST_FILES_TOLD: Final = 100
DONE: Final = "end_turn"
STATUSES: Final = {"A": "written", "D": "deleted"}


class Usage(BaseModel):
    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0
    currency: str = ""


class Turn(BaseModel):
    """What became of a turn. `objections`: sentences about what was done and could not stay."""

    model_config = ConfigDict(frozen=True)

    stop_reason: str
    message: str
    change: Change | None = None
    files: tuple[FileChanged, ...] = ()
    objections: tuple[str, ...] = ()
    usage: Usage = Usage()


class AcpMaker:
    """Keeps the program alive from turn to turn. Use as a context manager: it ends with it."""

    def __init__(self, desk: Desk, host: Host, environment: Mapping[str, str], options: Options) -> None:
        self._desk: Final = desk
        self._host: Final = host
        self._environment: Final = environment
        self._options: Final = options
        self._stack = AsyncExitStack()
        self._session: Session | None = None
        self._place: Final = Place.of(desk.workspace.path, desk.context.directory)
        self._renewals = 0
        """Of the workspace when the program was started in it: it cannot go on in another."""
        self._spent_before = 0.0
        self._story: Final[list[str]] = []
        self.turns: Final[list[Turn]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    @property
    def notes(self) -> list[str]:
        """What a person should know of the last turn, which is the last of its round."""
        last = self.turns[-1]
        stopped = [] if last.stop_reason == DONE else [f"{self._host.name} stopped for this reason: {last.stop_reason}"]
        return [*stopped, *last.objections]

    async def edit(self, number: int, prompt: str) -> str:
        """A round has a further turn where something of the last one could not stay."""
        del number
        turn = await self._turn(prompt)
        for _ in range(MOST_OBJECTIONS):
            if not turn.objections:
                break
            objections = "\n\n".join(turn.objections)
            turn = await self._turn(load_prompt("acp-put-back").substitute(objections=objections))
        return turn.message

    async def _turn(self, prompt: str) -> Turn:
        number = len(self.turns) + 1

        async def work() -> JsonValue:
            return (await self._take_turn(number, prompt)).model_dump(mode="json")

        def told(output: JsonValue) -> list[Told]:
            return [Told(file, self._desk.role) for file in Turn.model_validate(output).files]

        done = await self._desk.context.step(f"turn/{number}", work, input={"prompt": prompt}, tells=told)
        turn = Turn.model_validate(done)
        if turn.change is not None:
            self._desk.heed(turn.change.model_dump())
        self.turns.append(turn)
        self._story.append(f"You were told:\n{shortened(prompt, LONGEST_STORY)}")
        self._story.append(f"You said:\n{shortened(turn.message, LONGEST_STORY)}")
        return turn

    async def _take_turn(self, number: int, prompt: str) -> Turn:
        await self._desk.draft.catch_up()
        editor = Editor(self._desk, number, self._options.permissions, self._place)
        session, is_new = await self._open(editor)
        try:
            ended = await session.prompt(self._with_story(prompt) if is_new and self.turns else prompt, editor)
        finally:
            await editor.terminals.end()
        await session.hold()
        editor.telling.finish_words()
        return await self._recorded(editor, ended)

    async def _open(self, editor: Editor) -> tuple[Session, bool]:
        """The session under way, or a new one, and whether it is."""
        sandbox, place = await self._desk.context.sandbox(), self._desk.workspace.path
        if self._session is not None and self._renewals == self._desk.draft.renewals:
            await sandbox.hand_over([place])
            await self._session.go_on()
            return self._session, False
        await self._end()
        opened = open_session(self._host, sandbox, place, self._environment)
        session = await self._stack.enter_async_context(opened)
        has_terminal = bool(self._desk.commands.allowed)
        await session.start(self._place.root, editor, has_terminal=has_terminal, auth_method=self._options.auth_method)
        self._session, self._renewals, self._spent_before = session, self._desk.draft.renewals, 0.0
        self._desk.context.emit(AgentStart(message=f"{session.introduced} begins"), self._desk.role)
        return session, True

    async def _end(self) -> None:
        self._session = None
        await self._stack.aclose()

    async def _recorded(self, editor: Editor, ended: PromptResponse) -> Turn:
        """Raises HostFailed for a turn that was called off, which nobody has done."""
        if ended.stop_reason == "cancelled":
            raise HostFailed(f"{self._host.name} says that its turn was cancelled, and nobody has cancelled it")
        desk, objections = self._desk, list(editor.permission.objections)
        before = desk.draft.tree
        change: Change | None = None
        try:
            objections += await desk.draft.keep_to(desk.files.whitelist)
            change = await desk.draft.record()
        except FileRefused as refusal:
            await desk.draft.undo()
            objections.append(f"{refusal.message}: nothing of it is kept")
        files = () if change is None else await self._files(before, change.tree)
        return Turn(
            stop_reason=ended.stop_reason,
            message=self._place.neutral(editor.telling.message),
            change=change,
            files=files,
            objections=tuple(objections),
            usage=self._usage(editor, ended),
        )

    async def _files(self, before: str, after: str) -> tuple[FileChanged, ...]:
        diff = await self._desk.workspace.diff(before, after)
        return tuple(
            FileChanged(
                path=file.path, change=STATUSES.get(file.status, "edited"), added=file.added, removed=file.removed
            )
            for file in diff.files[:MOST_FILES_TOLD]
        )

    def _usage(self, editor: Editor, ended: PromptResponse) -> Usage:
        """A session tells what it has cost so far, and a turn what it has used."""
        tokens, cost = ended.usage, editor.telling.cost
        spent = 0.0
        if cost is not None:
            spent, self._spent_before = max(0.0, cost.amount - self._spent_before), cost.amount
        return Usage(
            input_tokens=tokens.input_tokens if tokens else 0,
            output_tokens=tokens.output_tokens if tokens else 0,
            cost=spent,
            currency=cost.currency if cost else "",
        )

    def _with_story(self, prompt: str) -> str:
        goal, story = self._desk.context.goal, "\n\n".join(self._story)
        return load_prompt("acp-again").substitute(goal=goal, story=story, prompt=prompt)


async def work(desk: Desk, host: Host, environment: Mapping[str, str]) -> dict[str, JsonValue]:
    """Everything after the workspace is open. Returns the run's result."""
    options = options_of(host, desk.context.config)
    allowed = "\n".join(f"- {line}" for line in desk.commands.allowed) or "none"
    prompt = load_prompt("acp").substitute(goal=desk.context.goal, commands=allowed)
    async with AcpMaker(desk, host, environment, options) as maker:
        rounds = Rounds(desk=desk, maker=maker, first=prompt, what="Reach the goal")
        result = await bring_in(desk, rounds.propose)
    return {**_without_the_workers_model(result), "agent": host.name, **_told_of(maker.turns)}


def _without_the_workers_model(result: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """It was asked nothing: the program has a model of its own."""
    return {name: value for name, value in result.items() if name != "model" and value != DEMO_NOTE}


def _told_of(turns: list[Turn]) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {"turns": len(turns)}
    if turns[-1].stop_reason != DONE:
        told["stopped"] = turns[-1].stop_reason
    tokens = sum(turn.usage.input_tokens + turn.usage.output_tokens for turn in turns)
    cost = sum(turn.usage.cost for turn in turns)
    if tokens or cost:
        told["usage"] = {
            "input_tokens": sum(turn.usage.input_tokens for turn in turns),
            "output_tokens": sum(turn.usage.output_tokens for turn in turns),
            "cost": round(cost, 6),
            "currency": next((turn.usage.currency for turn in reversed(turns) if turn.usage.currency), ""),
        }
    return told
