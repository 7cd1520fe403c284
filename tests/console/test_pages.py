"""The files of the console: deep links, caching, compression, headers, and paths that lead out."""

from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from agent_runner.console.build import build_directory, is_built
from tests.api.conftest import problem_in
from tests.api.test_server import status_of, until_closed
from tests.console.conftest import INDEX, SCRIPT, client_of
from tests.server_thread import ServerThread

ASSET = "/assets/index-1a2b3c4d.js"


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/runs", "/runs/", "/runs/5", "/runs/5/review?file=a.py", "/new run", "/projekte/ö"]
)
async def test_every_page_is_the_document(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/nothing.js", "/assets/nothing", "/assets/old-99.js", "/runs/5.json", "/.env"])
async def test_a_file_that_is_not_there_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert path in problem_in(answer)["detail"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/.built-from", "/link.txt", "/secret.txt", f"{ASSET}.gz", f"{ASSET}.br"])
async def test_only_files_of_the_build_are_given_out(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_what_has_a_hash_in_its_name_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get(ASSET)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (await client.get("/theme.js")).headers["cache-control"] == "no-cache"
    assert (await client.get("/assets/odd.xyz")).headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, gzip;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_file_comes_compressed_to_who_can_unpack_it(
    client: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    request = client.build_request("GET", ASSET, headers={"Accept-Encoding": accepted})
    answer = await client.send(request, stream=True)
    content = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-length"] == str(len(content))
    assert (content == SCRIPT.encode()) is (encoding is None)
    if encoding == "gzip":
        assert (await client.get(ASSET, headers={"Accept-Encoding": accepted})).text == SCRIPT


async def test_what_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    gzipped = await client.get(ASSET, headers={"Accept-Encoding": "gzip"})
    plain = await client.get(ASSET, headers={"Accept-Encoding": "identity"})
    etag = gzipped.headers["etag"]
    assert etag != plain.headers["etag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        again = await client.get(ASSET, headers={"Accept-Encoding": "gzip", "If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["vary"]) == (etag, "Accept-Encoding")
    for unknown in (plain.headers["etag"], '"x"', ""):
        again = await client.get(ASSET, headers={"Accept-Encoding": "gzip", "If-None-Match": unknown})
        assert (again.status_code, again.text) == (200, SCRIPT)


async def test_other_methods_than_reading_are_refused(client: httpx.AsyncClient) -> None:
    head = await client.head("/")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(INDEX)))
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"):
        refused = await client.request(method, "/runs/5")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert method in problem_in(refused)["detail"]


@pytest.mark.parametrize("path", ["/", ASSET, "/nothing.js", "/theme.js"])
async def test_a_browser_is_told_what_a_page_may_do(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    parts = [part.strip().partition(" ") for part in headers["content-security-policy"].split(";")]
    policy = {name: value for name, _, value in parts}
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "script" not in policy["style-src"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"


OUT = [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/..%2f..%2f..%2f..%2fetc/passwd",
    "/%252e%252e%252fsecret.txt",
    "/..",
    "/.",
    "//etc/passwd/..",
    "/index.html%00",
    "/runs%00",
    "/runs%0d%0aX-Injected:%20yes",
    "/%ff%fe.txt",
    "/runs%5c5",
]


@pytest.mark.parametrize("path", OUT)
def test_no_path_leads_out(before_peer: ServerThread, path: str) -> None:
    with closing(before_peer.connect()) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = until_closed(connection)
    assert status_of(answer) == 404, answer
    assert b"X-Injected" not in answer.partition(b"\r\n\r\n")[0]
    assert b"root:" not in answer
    assert b"secret\r\n" not in answer


# ---- not built, and built anew


@pytest.mark.parametrize("path", ["/", "/runs/5"])
async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path, path: str) -> None:
    async with client_of(tmp_path / "nowhere") as client:
        answer = await client.get(path)
        assert (await client.get("/assets/index-1.js")).status_code == 404
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert "make console" in answer.text
    assert "<script" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_build_is_found_without_a_new_start(client: httpx.AsyncClient, dist: Path) -> None:
    (dist / "index.html").rename(dist / "later")
    assert (await client.get("/")).status_code == 503
    (dist / "later").rename(dist / "index.html")
    assert (await client.get("/")).text == INDEX
    old = (await client.get("/")).headers["etag"]
    (dist / "index.html").unlink()
    (dist / "assets" / "index-1a2b3c4d.js").unlink()
    assert (await client.get("/")).text == INDEX, "while the next one is being made, the last one is served"
    assert (await client.get(ASSET)).text == SCRIPT
    (dist / "index.html").write_text("newer")
    assert (await client.get("/")).text == "newer"
    assert (await client.get("/")).headers["etag"] != old
    assert (await client.get(ASSET)).status_code == 404
    (dist / "assets" / "late.js").write_text("late")
    (dist / ".built-from").write_text("newer, and whole now")
    assert (await client.get("/assets/late.js")).text == "late"


class Inline(HTMLParser):
    """Finds what `script-src 'self'` would forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and not (names.get("src") or "").startswith("/"):
            self.found.append(f"{tag} {names}")
        self.found += [f"{tag} {name}" for name in names if name.startswith("on")]


@pytest.mark.skipif(not is_built(build_directory()), reason="the console is not built: make console")
async def test_the_real_document_keeps_to_the_policy_and_all_that_it_names_is_there() -> None:
    async with client_of(build_directory()) as client:
        page = await client.get("/")
        inline = Inline()
        inline.feed(page.text)
        assert inline.found == []
        named = [part.split('"')[0] for mark in ('src="', 'href="') for part in page.text.split(mark)[1:]]
        assert named
        assert {(path, (await client.get(path)).status_code) for path in named} == {(path, 200) for path in named}
