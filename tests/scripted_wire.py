"""How OpenAI, Ollama, Anthropic and Google put questions and answers on the wire; for scripted_model.py."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What every protocol says in its own way."""

    model: str
    system: str
    prompt: str
    is_streamed: bool = False
    turn: int = 0
    """With tools: which answer of the conversation is wanted, from 1."""
    tools: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Usage:
    """`None`: the server does not say."""

    input: int | None
    output: int | None

    @classmethod
    def of(cls, question: Question, text: str) -> "Usage":
        return cls(len((question.system + question.prompt).split()), len(text.split()))


@dataclass(frozen=True)
class Protocol:
    name: str
    path_prefix: str
    path_suffixes: tuple[str, ...]
    question: Callable[[str, Body], Question]
    answer: Callable[[Question, str, Usage], Body]
    stream: Callable[[Body], list[str]]
    """The parts in which an answer is streamed; the last says how it ended, or comes after the one that does."""
    stream_type: str = "text/event-stream"

    def serves(self, path: str) -> bool:
        return path.startswith(self.path_prefix) and path.endswith(self.path_suffixes)


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if "text" in part)
    return content or ""


def _by_role(messages: list[Body], *roles: str) -> str:
    return "\n".join(_text(message["content"]) for message in messages if message["role"] in roles)


def _chat_question(path: str, body: Body) -> Question:
    messages, is_streamed = body["messages"], body.get("stream", path == "/api/chat")
    turn = 1 + sum(message["role"] == "assistant" for message in messages) if body.get("tools") else 0
    system, prompt = _by_role(messages, "system", "developer"), _by_role(messages, "user")
    tools = frozenset(tool["function"]["name"] for tool in body.get("tools") or ())
    return Question(body["model"], system, prompt, is_streamed, turn, tools)


def openai_tool_calls(calls: Sequence[tuple[str, str, str]]) -> Body:
    """What an answer says that asks for tools: (id, name, arguments as JSON) of each call."""
    asked = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in calls
    ]
    message = {"role": "assistant", "content": None, "tool_calls": asked}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}


def _openai_usage(usage: Usage) -> Body:
    if usage.input is None or usage.output is None:
        return {}
    total = usage.input + usage.output
    return {"usage": {"prompt_tokens": usage.input, "completion_tokens": usage.output, "total_tokens": total}}


def _openai_answer(question: Question, text: str, usage: Usage) -> Body:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": question.model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        **_openai_usage(usage),
    }


def words(text: str) -> list[str]:
    """With the blanks after each, so that nothing of the text is lost."""
    return re.findall(r"\s*\S+\s*", text)


def event(body: Body, name: str = "") -> str:
    return f"event: {name}\n" * bool(name) + f"data: {json.dumps(body)}\n\n"


def _openai_stream(answer: Body) -> list[str]:
    choice, usage = answer["choices"][0], answer.get("usage")
    message, kept = choice["message"], {name: answer[name] for name in ("id", "created", "model")}

    def chunk(delta: Body, finish_reason: str | None = None) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        return event({**kept, "object": "chat.completion.chunk", "choices": choices})

    texts = [chunk({"content": word}) for word in words(message["content"] or "")]
    calls = [chunk({"tool_calls": [{"index": at, **call}]}) for at, call in enumerate(message.get("tool_calls", []))]
    end = [event({**kept, "object": "chat.completion.chunk", "choices": [], "usage": usage})] if usage else []
    start, stop = chunk({"role": "assistant"}), chunk({}, choice["finish_reason"])
    return [start, *texts, *calls, stop, *end, "data: [DONE]\n\n"]


def _ollama_answer(question: Question, text: str, usage: Usage) -> Body:
    counts = {"prompt_eval_count": usage.input, "eval_count": usage.output}
    return {
        "model": question.model,
        "created_at": "2026-11-20T12:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": True,
        "done_reason": "stop",
        **{name: count for name, count in counts.items() if count is not None},
    }


def _ollama_stream(answer: Body) -> list[str]:
    texts = [
        {"model": answer["model"], "message": {"role": "assistant", "content": word}, "done": False}
        for word in words(answer["message"]["content"])
    ]
    end = {**answer, "message": {"role": "assistant", "content": ""}}
    return [json.dumps(each) + "\n" for each in [*texts, end]]


def _anthropic_question(path: str, body: Body) -> Question:
    is_streamed = body.get("stream", False)
    return Question(body["model"], _text(body.get("system")), _by_role(body["messages"], "user"), is_streamed)


def _anthropic_answer(question: Question, text: str, usage: Usage) -> Body:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": question.model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": usage.input or 0, "output_tokens": usage.output or 0},
    }


def _anthropic_stream(answer: Body) -> list[str]:
    opening = {**answer, "content": [], "stop_reason": None, "usage": {**answer["usage"], "output_tokens": 1}}
    ending = {"delta": {"stop_reason": answer["stop_reason"], "stop_sequence": None}, "usage": answer["usage"]}

    def said(kind: str, **more: Any) -> str:
        return event({"type": kind, **more}, kind)

    def block(at: int, content: Body) -> list[str]:
        if content["type"] == "text":
            empty = {"type": "text", "text": ""}
            deltas: list[Body] = [{"type": "text_delta", "text": word} for word in words(content["text"])]
        else:
            empty = {**content, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps(content["input"])}]
        growing = [said("content_block_delta", index=at, delta=delta) for delta in deltas]
        start, stop = said("content_block_start", index=at, content_block=empty), said("content_block_stop", index=at)
        return [start, *growing, stop]

    blocks = [part for at, content in enumerate(answer["content"]) for part in block(at, content)]
    start, end = said("message_start", message=opening), said("message_delta", **ending)
    return [start, said("ping"), *blocks, end, said("message_stop")]


def _google_question(path: str, body: Body) -> Question:
    model, _, method = path.rpartition("/")[2].rpartition(":")
    prompt = "\n".join(_text(content["parts"]) for content in body["contents"] if content.get("role") != "model")
    return Question(model, _text(body.get("systemInstruction", {}).get("parts")), prompt, method.startswith("stream"))


def _google_answer(question: Question, text: str, usage: Usage) -> Body:
    counts = {"promptTokenCount": usage.input, "candidatesTokenCount": usage.output}
    return {
        "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}],
        "modelVersion": question.model,
        **({"usageMetadata": counts} if usage.input is not None else {}),
    }


def _google_stream(answer: Body) -> list[str]:
    candidate, kept = answer["candidates"][0], {"modelVersion": answer["modelVersion"]}
    parts = [word for part in candidate["content"]["parts"] for word in words(part["text"])]
    contents = [{"content": {"role": "model", "parts": [{"text": word}]}, "index": 0} for word in parts]
    end = {**answer, "candidates": [{**candidate, "content": {"role": "model", "parts": [{"text": ""}]}}]}
    return [*(event({**kept, "candidates": [content]}) for content in contents), event(end)]


PROTOCOLS = (
    Protocol("openai", "/v1/", ("/chat/completions",), _chat_question, _openai_answer, _openai_stream),
    Protocol("ollama", "/api/", ("/chat",), _chat_question, _ollama_answer, _ollama_stream, "application/x-ndjson"),
    Protocol("anthropic", "/v1/", ("/messages",), _anthropic_question, _anthropic_answer, _anthropic_stream),
    Protocol(
        "google",
        "/v1beta/",
        (":generateContent", ":streamGenerateContent"),
        _google_question,
        _google_answer,
        _google_stream,
    ),
)


def models_answer(path: str, models: list[str]) -> Body | None:
    """The answer to a GET; None where nothing is served."""
    listed = [{"name": name, "model": name, "details": {"family": "llama"}} for name in models]
    known: dict[str, Body] = {
        "/v1/models": {"object": "list", "data": [{"id": name, "object": "model"} for name in models]},
        "/api/tags": {"models": listed},
        "/v1beta/models": {
            "models": [{"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]} for name in models]
            + [{"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]}]
        },
        "/api/version": {"version": "0.30.0"},
    }
    return known.get(path)


def error_answer(protocol: str, status: int, message: str) -> Body:
    if protocol == "google":
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
        names |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
        return {"error": {"code": status, "message": message, "status": names.get(status, "UNKNOWN")}}
    types = {400: "invalid_request_error", 401: "authentication_error", 529: "overloaded_error"}
    return {"type": "error", "error": {"type": types.get(status, "scripted_error"), "message": message}}
