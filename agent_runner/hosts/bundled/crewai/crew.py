"""The crew itself: CrewAI's classes, with every model call and every milestone told to the worker."""

# pyright: reportAttributeAccessIssue=false
# The checker takes the directory of this file for the package of the same name.

from collections.abc import Sized
from typing import Any

from agent_runner_host import Host
from crewai import Agent, BaseLLM, Crew, Process, Task
from crewai.tasks.task_output import TaskOutput
from plan import PermanentError, Plan, TaskPlan, shortened
from pydantic import PrivateAttr

DEMO = "demo"
MOST_CALLS = 5
"""Of one task: an answer that asks for a tool, of which there is none, is given back to the model."""


class WorkerLLM(BaseLLM):
    """A model whose answers come from the worker."""

    _host: Host = PrivateAttr()

    @classmethod
    def of(cls, host: Host) -> "WorkerLLM":
        llm = cls(model=host.start["model"])
        llm._host = host
        return llm

    def call(self, messages: Any, *_: Any, **named: Any) -> str:
        """What is left out here, such as tools and a response model, this crew does not use."""
        agent, task = named.get("from_agent"), named.get("from_task")
        asked = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
        answer = self._host.ask_model(
            [{"role": each["role"], "content": each.get("content") or ""} for each in asked],
            agent=agent.role if agent else None,
            demo={"text": demo_answer(agent.role, task.description)} if agent and task else None,
        )
        if not answer["text"].strip():
            # Another attempt would get the same answer, from the journal.
            raise PermanentError(
                f"the model {answer['model']!r} has answered {agent.role if agent else 'the crew'!r} with nothing"
            )
        return answer["text"]


class ReportedTask(Task):
    """Tells when it begins and when it is done."""

    _host: Host = PrivateAttr()
    _plan: TaskPlan = PrivateAttr()
    _of: int = PrivateAttr()

    @classmethod
    def of(cls, host: Host, plan: TaskPlan, of: int, agent: Agent) -> "ReportedTask":
        task = cls(description=plan.description, expected_output=plan.expected_output, agent=agent)
        task._host, task._plan, task._of = host, plan, of
        return task

    def execute_sync(self, *args: Any, **named: Any) -> TaskOutput:
        host, plan, of = self._host, self._plan, self._of
        host.event("AGENT_START", plan.agent, message=plan.title)
        host.event("EXECUTING", plan.agent, step=plan.number, of=of, description=plan.title)
        host.report(
            progress=(plan.number - 1) / of,
            current_agent=plan.agent,
            message=f"Task {plan.number} of {of}: {plan.title}",
        )
        output = super().execute_sync(*args, **named)
        host.artifact(plan.artifact, text=output.raw, media_type="text/markdown", agent=plan.agent)
        host.event("AGENT_COMPLETE", plan.agent, message=f"{plan.title}: see {plan.artifact}")
        host.report(progress=plan.number / of)
        return output


def run_crew(host: Host, plan: Plan) -> dict[str, Any]:
    llm = WorkerLLM.of(host)
    agents = {
        each.role: Agent(
            role=each.role,
            goal=each.goal,
            backstory=each.backstory,
            llm=llm,
            max_iter=MOST_CALLS,
            max_retry_limit=0,  # attempts are the worker's
        )
        for each in plan.agents
    }
    tasks: list[Task] = [ReportedTask.of(host, each, len(plan.tasks), agents[each.agent]) for each in plan.tasks]
    crew = Crew(agents=list(agents.values()), tasks=tasks, process=Process.sequential, tracing=False)
    host.event("PLAN_GENERATED", steps=[f"{each.agent}: {each.title}" for each in plan.tasks])
    return result_of(crew.kickoff().raw, plan, is_demo=host.start["model"] == DEMO)


def result_of(output: str, plan: Plan, *, is_demo: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "summary": f"A crew of {counted(plan.agents, 'agent')} has done {counted(plan.tasks, 'task')}.",
        "output": output,
        "tasks": [
            {"agent": each.agent, "description": each.description, "artifact": each.artifact} for each in plan.tasks
        ],
    }
    if is_demo:
        result["note"] = "No model is configured: the demo model gave the answers, and they mean nothing."
    return result


def counted(things: Sized, name: str) -> str:
    return f"1 {name}" if len(things) == 1 else f"{len(things)} {name}s"


def demo_answer(role: str, description: str) -> str:
    return f"This is a demo: no model is configured, so {role} has not worked on this: {shortened(description)}"
