"""As much of Kubernetes as Metaflow asks for, on loopback: `python -m tests.metaflow.cluster` prints its address.

A Job is a process group of this machine in a fresh directory, with the variables of the Job and nothing else. Secrets
are put with PUT. It ends with its input, and takes all Jobs along.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

Found = tuple[int, Any]
PATH: Final = f"{Path(sys.executable).parent}:/usr/bin:/bin"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Job:
    """And its only pod."""

    def __init__(self, body: dict[str, Any], namespace: str, secrets: dict[str, dict[str, str]], place: Path) -> None:
        name = f"{body['metadata']['generateName']}{uuid.uuid4().hex[:5]}"
        self.labels = body["metadata"].get("labels") or {}
        meta = {**body["metadata"], "name": name, "namespace": namespace, "uid": str(uuid.uuid4())}
        self.job: dict[str, Any] = {**body, "metadata": meta, "spec": {"parallelism": 1, **body["spec"]}, "status": {}}
        self.name = name
        self._container = body["spec"]["template"]["spec"]["containers"][0]
        self._began = now()
        self._ended: str | None = None
        self.log = place / f"{name}.log"
        directory = place / name
        directory.mkdir()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._container["command"],
                cwd=directory,
                env={"PATH": PATH, "HOME": str(directory), **self._variables(secrets)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _variables(self, secrets: dict[str, dict[str, str]]) -> dict[str, str]:
        fields = {"metadata.name": f"{self.name}-pod", "metadata.namespace": "default", "metadata.uid": "of-a-test"}
        found: dict[str, str] = {}
        for source in self._container.get("envFrom") or ():
            found |= secrets[source["secretRef"]["name"]]
        for each in self._container["env"]:
            found[each["name"]] = each.get("value") or fields.get(
                each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath"), ""
            )
        return found

    def end(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def looked_at(self) -> dict[str, Any]:
        code = self._process.poll()
        if code is None:
            self.job["status"] = {"active": 1, "startTime": self._began}
            return self.job
        self._ended = self._ended or now()
        kind = "Failed" if code else "Complete"
        at = {"lastTransitionTime": self._ended, "lastProbeTime": self._ended}
        self.job["status"] = {
            "failed" if code else "succeeded": 1,
            "startTime": self._began,
            "conditions": [{"type": kind, "status": "True", **at}],
        }
        return self.job

    def pod(self) -> dict[str, Any]:
        code = self._process.poll()
        self.looked_at()
        state: dict[str, Any] = {"running": {"startedAt": self._began}}
        if code is not None:
            how = {"exitCode": code if code >= 0 else 128 - code, "reason": "Error" if code else "Completed"}
            state = {"terminated": {**how, "startedAt": self._began, "finishedAt": self._ended}}
        status = {"name": self._container["name"], "image": self._container["image"], "imageID": "", "restartCount": 0}
        template = self.job["spec"]["template"]
        return {
            "metadata": {**template["metadata"], "name": f"{self.name}-pod", "namespace": "default"},
            "spec": template["spec"],
            "status": {
                "phase": "Running" if code is None else "Failed" if code else "Succeeded",
                "containerStatuses": [{**status, "ready": code is None, "state": state}],
            },
        }


class Cluster:
    def __init__(self, place: Path) -> None:
        self._place = place
        self._jobs: dict[str, Job] = {}
        self._secrets: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Found:
        words = path.strip("/").split("/")
        namespace, kind, *rest = words[words.index("namespaces") + 1 :]
        answers: dict[tuple[str, str, int], Callable[[], Found]] = {
            ("POST", "jobs", 0): lambda: self._create(body, namespace),
            ("GET", "jobs", 0): lambda: self._list([job.looked_at() for job in self._matching(query)], "JobList"),
            ("GET", "jobs", 1): lambda: (200, self._jobs[rest[0]].looked_at()),
            ("PATCH", "jobs", 1): lambda: self._patch(rest[0], body),
            ("DELETE", "jobs", 1): lambda: self._delete(rest[0]),
            ("GET", "pods", 0): lambda: self._list([job.pod() for job in self._matching(query)], "PodList"),
            ("GET", "pods", 2): lambda: (200, self._jobs[rest[0].removesuffix("-pod")].log.read_text()),
            ("PUT", "secrets", 1): lambda: self._put_secret(rest[0], body),
        }
        with self._lock:
            try:
                return answers[method, kind, len(rest)]()
            except KeyError:
                return 404, {"kind": "Status", "message": f"{method} {path} is not there"}

    def end(self) -> None:
        with self._lock:
            for job in self._jobs.values():
                job.end()

    def _create(self, body: Any, namespace: str) -> Found:
        job = Job(body, namespace, self._secrets, self._place)
        self._jobs[job.name] = job
        return 201, job.looked_at()

    def _patch(self, name: str, body: Any) -> Found:
        job = self._jobs[name]
        if body["spec"]["parallelism"] == 0:
            job.end()
        job.job["spec"]["parallelism"] = body["spec"]["parallelism"]
        return 200, job.looked_at()

    def _delete(self, name: str) -> Found:
        self._jobs.pop(name).end()
        return 200, {"kind": "Status", "status": "Success"}

    def _put_secret(self, name: str, body: Any) -> Found:
        self._secrets[name] = body["stringData"]
        return 200, body

    def _matching(self, query: dict[str, list[str]]) -> list[Job]:
        [selector] = query.get("labelSelector", [""])
        found = list(self._jobs.values())
        for term in filter(None, selector.split(",")):
            name, is_not, value = term.partition("!=") if "!=" in term else term.partition("=")
            found = [job for job in found if (self._label(job, name) == value) is (is_not == "=")]
        return found

    @staticmethod
    def _label(job: Job, name: str) -> str | None:
        return job.name if name == "job-name" else job.labels.get(name)

    @staticmethod
    def _list(items: list[Any], kind: str) -> Found:
        return 200, {"kind": kind, "metadata": {}, "items": items}


def handler_of(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            status, answer = cluster.answer(self.command, parts.path, parse_qs(parts.query), body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names of the standard library

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the same
            pass

    return Handler


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agent-runner-cluster-") as directory:
        cluster = Cluster(Path(directory))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(cluster))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()
        cluster.end()


if __name__ == "__main__":
    main()
