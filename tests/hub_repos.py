"""What the loopback Hub holds: repositories, their revisions, and who may see and change them."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# What `.gitattributes` of a new repository sends to the store of large files.
LARGE = (".h5", ".keras", ".onnx")


class RejectionReason(Exception):  # noqa: N818
    """An answer that is not 200.

    Args:
        status: of HTTP.
        code: what the Hub calls it, in a header.
        body: what the client finds in the answer.
        headers: further ones.
    """

    def __init__(
        self,
        status: int,
        code: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, code)
        self.status = status
        self.body = {"error": code} if body is None else body
        self.headers = {"X-Error-Code": code} if code else {}
        self.headers.update(headers or {})


class Blob(NamedTuple):
    """One file of a revision."""

    data: bytes
    large: bool

    @property
    def git_id(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.git_id


Tree = dict[str, Blob]


@dataclass
class Repo:
    """A repository; its revisions are whole trees that never change."""

    repo_id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Tree] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return self.repo_id.split("/")[0]

    def commit(self, ref: str, tree: Tree, message: str) -> str:
        """Add a revision, let `ref` name it, and return its hash."""
        self.messages.append(message)
        named = sorted((path, blob.git_id) for path, blob in tree.items())
        sha = hashlib.sha1(repr((self.messages, named)).encode()).hexdigest()
        self.commits[sha], self.refs[ref] = tree, sha
        return sha

    def resolve(self, revision: str) -> str:
        """Return the hash of a branch, a tag, a pull request's ref or a hash."""
        sha = self.refs.get(revision, revision)
        if sha not in self.commits:
            raise RejectionReason(404, "RevisionNotFound")
        return sha

    def tree(self, revision: str = "main") -> Tree:
        return self.commits[self.resolve(revision)]

    def check_reader(self, user: str | None) -> None:
        """A gated repository shows that it is there, and its files to those let in."""
        if self.gated and user != self.owner:
            raise RejectionReason(403 if user else 401, "GatedRepo")

    def check_writer(self, user: str | None, *, by_request: bool = False) -> None:
        """The owner writes; everybody with a name may open a pull request."""
        if user is None or (user != self.owner and not by_request):
            raise RejectionReason(403 if user else 401, "Forbidden")


def user_of(authorization: str) -> str | None:
    """Return who sends this header: the token `hf_NAME` is NAME's, and no header is nobody's."""
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer" or not token.startswith("hf_"):
        problem = "Invalid credentials in Authorization header"
        raise RejectionReason(401, body={"error": problem}, headers={"X-Error-Message": problem})
    return token.removeprefix("hf_")
