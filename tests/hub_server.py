"""A Hub on the loopback interface, for the real `huggingface_hub`, which `HF_ENDPOINT` sends here.

It speaks what a push and a download need and nothing else. `requests` is what was asked of it;
`faults` breaks requests on purpose, and `meanwhile` lets things happen between them.
"""

import base64
import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from tests.hub_repos import LARGE, Blob, RejectionReason, Repo, user_of

CUT = 0  # As a fault: read half of the request, then hang up.

Answer = tuple[Any, dict[str, str]]
_REPO = r"(?P<kind>models|spaces|datasets)/(?P<repo_id>[^/]+/[^/]+)"
_PAGE = r"(?P<kind>spaces/|datasets/)?(?P<repo_id>[^/]+/[^/]+)"
_ROUTES = {
    r"POST /api/repos/create": "create",
    r"POST /api/validate-yaml": "validate",
    rf"GET /api/{_REPO}(/revision/(?P<revision>.+))?": "info",
    rf"GET /api/{_REPO}/tree/(?P<revision>.+)": "list_files",
    rf"POST /api/{_REPO}/branch/(?P<name>.+)": "branch",
    rf"POST /api/{_REPO}/preupload/(?P<revision>.+)": "preupload",
    rf"POST /api/{_REPO}/commit/(?P<revision>.+)": "commit",
    rf"POST /{_PAGE}\.git/info/lfs/objects/batch": "batch",
    r"PUT /large/(?P<oid>\w+)": "put",
    r"POST /large/(?P<oid>\w+)/verify": "verify",
    rf"(GET|HEAD) /{_PAGE}/resolve/(?P<revision>refs/pr/\d+|[^/]+)/(?P<path>.+)": "file",
}


class LoopbackHub:
    """The server and what it holds; one for all tests, which empty it with `reset`."""

    def __init__(self) -> None:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.reset()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.large: dict[str, bytes] = {}
        self.requests: list[str] = []
        # By a part of "METHOD /path": the status to answer, or CUT; and what happens just before.
        self.faults: dict[str, int] = {}
        self.meanwhile: dict[str, Callable[[], object]] = {}

    def model(self, repo_id: str) -> Repo:
        return self.repos["models", repo_id]

    def space(self, repo_id: str) -> Repo:
        return self.repos["spaces", repo_id]

    def asked(self, part: str) -> list[str]:
        return [request for request in self.requests if part in request]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: LoopbackHub

    def respond(self) -> None:
        request = f"{self.command} {unquote(urlsplit(self.path).path)}"
        self.hub.requests.append(request)
        for happen in [act for part, act in self.hub.meanwhile.items() if part in request]:
            happen()
        fault = next((f for part, f in self.hub.faults.items() if part in request), None)
        if fault == CUT:
            self.rfile.read(int(self.headers.get("Content-Length", 0)) // 2)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.body = self._read_body()
        try:
            if fault is not None:
                raise RejectionReason(fault)
            self.user = user_of(self.headers.get("Authorization", ""))
            self._send(200, *self._route(request))
        except RejectionReason as rejection_reason:
            self._send(rejection_reason.status, rejection_reason.body, rejection_reason.headers)

    do_GET = do_HEAD = do_POST = do_PUT = respond  # noqa: N815

    def _route(self, request: str) -> Answer:
        for pattern, name in _ROUTES.items():
            if match := re.fullmatch(pattern, request):
                named = match.groupdict()
                if "repo_id" in named:
                    named["repo"] = self._repo(named.pop("kind"), named.pop("repo_id"))
                answer: Answer = getattr(self, name)(**named)
                return answer
        raise RejectionReason(404, "RouteUnknown")

    def _repo(self, kind: str | None, repo_id: str) -> Repo:
        repo = self.hub.repos.get(((kind or "models").strip("/"), repo_id))
        if repo is None or (repo.private and self.user != repo.owner):
            raise RejectionReason(404 if self.user else 401, "RepoNotFound")
        return repo

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Leave stderr to the tests."""

    def create(self) -> Answer:
        wanted = json.loads(self.body)
        repo = Repo(
            f"{wanted['organization'] or self.user}/{wanted['name']}",
            private=wanted.get("visibility") == "private",
        )
        repo.check_writer(self.user)
        kind = f"{wanted['type']}s"
        if kind == "spaces" and wanted["sdk"] != "gradio":
            raise RejectionReason(400, "SdkUnknown")
        prefix = "spaces/" if kind == "spaces" else ""
        page = {"url": f"{self.hub.url}/{prefix}{repo.repo_id}"}
        if (kind, repo.repo_id) in self.hub.repos:
            raise RejectionReason(409, "RepoExists", page)
        rules = "".join(f"*{suffix} filter=lfs\n" for suffix in LARGE)
        repo.commit("main", {".gitattributes": Blob(rules.encode(), False)}, "initial commit")
        self.hub.repos[kind, repo.repo_id] = repo
        return page, {}

    def validate(self) -> Answer:
        head = re.match(r"---\n(.*?)\n---\n", json.loads(self.body)["content"], re.DOTALL)
        try:
            valid = head is not None and isinstance(yaml.safe_load(head[1]), dict)
        except yaml.YAMLError:
            valid = False
        errors = [] if valid else [{"message": "The metadata is not a YAML mapping."}]
        if errors:
            raise RejectionReason(400, body={"errors": errors, "warnings": []})
        return {"errors": errors, "warnings": []}, {}

    def info(self, repo: Repo, revision: str | None) -> Answer:
        sha = repo.resolve(revision or "main")
        return {"id": repo.repo_id, "sha": sha, "private": repo.private}, {}

    def list_files(self, repo: Repo, revision: str) -> Answer:
        repo.check_reader(self.user)
        entries = []
        for path, blob in repo.tree(revision).items():
            size = len(blob.data)
            entry = {"type": "file", "path": path, "size": size, "oid": blob.git_id}
            if blob.large:
                entry["lfs"] = {"oid": blob.sha256, "size": size, "pointerSize": 134}
            entries.append(entry)
        return entries, {}

    def branch(self, repo: Repo, name: str) -> Answer:
        repo.check_writer(self.user)
        if name in repo.refs:
            raise RejectionReason(409, "RefExists")
        repo.refs[name] = repo.resolve("main")
        return {}, {}

    def preupload(self, repo: Repo, revision: str) -> Answer:
        tree, answers = repo.tree(revision), []
        for file in json.loads(self.body)["files"]:
            path, sample = file["path"], base64.b64decode(file["sample"])
            large = path.endswith(LARGE) or b"\0" in sample
            mode = {"path": path, "uploadMode": "lfs" if large else "regular"}
            oid = tree[path].etag if path in tree else None
            answers.append({**mode, "shouldIgnore": False, "oid": oid})
        return {"files": answers}, {}

    def batch(self, repo: Repo) -> Answer:
        repo.check_writer(self.user, by_request=True)
        objects = json.loads(self.body)["objects"]
        for item in objects:
            href = f"{self.hub.url}/large/{item['oid']}"
            if item["oid"] not in self.hub.large:
                item["actions"] = {"upload": {"href": href}, "verify": {"href": f"{href}/verify"}}
        return {"transfer": "basic", "objects": objects}, {}

    def put(self, oid: str) -> Answer:
        if Blob(self.body, True).sha256 != oid:
            raise RejectionReason(400, "ChecksumDiffers")
        self.hub.large[oid] = self.body
        return b"", {}

    def verify(self, oid: str) -> Answer:
        if oid not in self.hub.large:
            raise RejectionReason(404, "LargeFileMissing")
        return {}, {}

    def commit(self, repo: Repo, revision: str) -> Answer:
        by_request = "create_pr=1" in self.path
        repo.check_writer(self.user, by_request=by_request)
        tree, message = dict(repo.tree(revision)), ""
        for line in self.body.splitlines():
            entry = json.loads(line)
            key, value = entry["key"], entry["value"]
            if key == "header":
                message = value["summary"]
            elif key == "file":
                tree[value["path"]] = Blob(base64.b64decode(value["content"]), False)
            elif key == "lfsFile":
                tree[value["path"]] = Blob(self.hub.large[value["oid"]], True)
            elif key == "deletedFile":
                del tree[value["path"]]
        number = 1 + sum(ref.startswith("refs/pr/") for ref in repo.refs)
        sha = repo.commit(f"refs/pr/{number}" if by_request else revision, tree, message)
        prefix = "spaces/" if self.path.startswith("/api/spaces/") else ""
        page = f"{self.hub.url}/{prefix}{repo.repo_id}"
        answer = {"commitOid": sha, "commitUrl": f"{page}/commit/{sha}"}
        return {**answer, "pullRequestUrl": f"{page}/discussions/{number}"}, {}

    def file(self, repo: Repo, revision: str, path: str) -> Answer:
        repo.check_reader(self.user)
        commit = {"X-Repo-Commit": repo.resolve(revision)}
        if path not in repo.tree(revision):
            raise RejectionReason(404, "EntryNotFound", headers=commit)
        blob = repo.tree(revision)[path]
        large = {"X-Linked-Etag": f'"{blob.etag}"', "X-Linked-Size": str(len(blob.data))}
        return blob.data, {**commit, "ETag": f'"{blob.etag}"', **(large if blob.large else {})}
