"""An OpenAI-compatible server on 127.0.0.1 whose behaviour is a script. No model, no outside network.

    with LoopbackModel("429", "good") as model:     # first a rate limit, then sensible answers for ever
        settings = Settings(model="openai/loopback", model_api_base=model.url, ...)

By hand: `python -m tests.loopback_model --port 8099 [--always good,good,429]`, then start the service with
TRIAGE_MODEL=openai/loopback TRIAGE_MODEL_API_BASE=http://127.0.0.1:8099/v1
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any, ClassVar, Self

from tests.loopback_answers import Told, good, hostile, obedient, packed

BEHAVIOURS = (
    "good", "cut", "length", "fenced", "chatty", "thinking", "packed", "prose", "empty", "refused", "sorry",
    "filtered", "slow", "hostile", "obedient", "400", "401", "404", "429", "500", "503", "no_format",
    "no_choices",
)  # fmt: skip


@dataclass(frozen=True)
class Says:
    """A behaviour: exactly this content."""

    text: str


@dataclass(frozen=True)
class Seen:
    """One request the server got."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        """The stable half of the prompt."""
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        """The half with the material."""
        return str(self.body["messages"][-1]["content"])


@dataclass
class Reply:
    """What goes over the wire."""

    status: int = 200
    content: str | None = ""
    finish: str = "stop"
    message: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    choices: bool = True


class LoopbackModel:
    """`script` is played once, a behaviour a request; after it `always` answers: one behaviour, or several
    with commas that take turns. Also a context manager."""

    def __init__(
        self,
        *script: str | Says,
        always: str = "good",
        port: int = 0,
        slow_s: float = 30.0,
        retry_after: str = "0",
    ) -> None:
        self._script: deque[str | Says] = deque(script)
        self._turns = cycle(always.split(","))
        self._retry_after = retry_after
        self._slow_s = slow_s
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self.seen: list[Seen] = []
        self.played: Counter[str] = Counter()
        handler = type("Handler", (_Handler,), {"model": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The value for TRIAGE_MODEL_API_BASE."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def then(self, *script: str | Says) -> None:
        """Add to the script."""
        with self._lock:
            self._script.extend(script)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seen: Seen) -> Reply:
        """Record the request and play the next behaviour."""
        with self._lock:
            self.seen.append(seen)
            behaviour = self._script.popleft() if self._script else next(self._turns)
            self.played[behaviour if isinstance(behaviour, str) else "says"] += 1
        if isinstance(behaviour, Says):
            return Reply(content=behaviour.text)
        if behaviour == "slow":
            self._closing.wait(self._slow_s)
            behaviour = "good"
        return self._play(behaviour, seen)

    def _play(self, behaviour: str, seen: Seen) -> Reply:
        if behaviour.isdigit():
            error = {"message": f"scripted, about {seen.user[-40:]}", "type": "scripted", "code": behaviour}
            headers = {"retry-after": self._retry_after} if behaviour == "429" else {}
            return Reply(status=int(behaviour), error=error, headers=headers)
        if behaviour == "no_format" and "response_format" in seen.body:
            return Reply(
                status=400, error={"message": "response_format is not supported", "type": "invalid_request"}
            )
        silent = {
            "refused": Reply(content=None, message={"refusal": "I will not do this."}),
            "filtered": Reply(content="", finish="content_filter"),
            "sorry": Reply(content="I'm sorry, but I can't help with that."),
            "prose": Reply(content="This request looks fine to me, go ahead."),
            "empty": Reply(content=""),
            "no_choices": Reply(choices=False),
        }
        return (
            silent[behaviour]
            if behaviour in silent
            else self._thoughtful(behaviour, Told(seen.body["messages"]))
        )

    def _thoughtful(self, behaviour: str, told: Told) -> Reply:
        thinkers = {"hostile": hostile, "obedient": obedient, "packed": packed}
        text = json.dumps(thinkers.get(behaviour, good)(told), ensure_ascii=False)
        dressed = {
            "cut": text[: len(text) // 2],
            "length": text[: len(text) // 2],
            "fenced": f"```json\n{text}\n```",
            "thinking": f"<think>\nA form {{with braces}}, so be it.\n</think>\n{text}",
            "chatty": f"Here is the JSON you asked for:\n\n{text}\n\nAnything else?",
        }
        return Reply(
            content=dressed.get(behaviour, text), finish="length" if behaviour == "length" else "stop"
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ClassVar[LoopbackModel]

    def do_GET(self) -> None:
        listing = {"object": "list", "data": [{"id": "loopback", "object": "model"}]}
        self._send(200, listing, {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        seen = Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(raw))
        reply = self.model.answer(seen)
        if reply.error is not None:
            self._send(reply.status, {"error": reply.error}, reply.headers)
        else:
            self._send(200, _completion(seen, reply), reply.headers)

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.close_connection = True
        try:
            self.send_response(status)
            for name, value in {"content-type": "application/json", "connection": "close", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # the client gave up waiting, which is what the script wanted

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _completion(seen: Seen, reply: Reply) -> dict[str, Any]:
    tokens_in = sum(len(message["content"]) for message in seen.body["messages"]) // 4
    tokens_out = len(reply.content or "") // 4
    message = {"role": "assistant", "content": reply.content, **reply.message}
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 1,
        "model": seen.body.get("model", "loopback"),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}] if reply.choices else [],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }


def main() -> None:
    """Serve until interrupted, then say what was played."""
    parser = argparse.ArgumentParser(description="OpenAI-compatible loopback model.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument(
        "--always",
        type=_behaviours,
        default="good",
        metavar="BEHAVIOUR[,BEHAVIOUR...]",
        help=f"one, or several that take turns: {', '.join(BEHAVIOURS)}",
    )
    parser.add_argument("--slow-s", type=float, default=30.0, help="seconds that `slow` takes")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with LoopbackModel(always=chosen.always, port=chosen.port, slow_s=chosen.slow_s) as model:
        print(f"TRIAGE_MODEL=openai/loopback TRIAGE_MODEL_API_BASE={model.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("played:", ", ".join(f"{count} {name}" for name, count in sorted(model.played.items())))


def _behaviours(text: str) -> str:
    unknown = [name for name in text.split(",") if name not in BEHAVIOURS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; known are {', '.join(BEHAVIOURS)}")
    return text


if __name__ == "__main__":
    main()
