"""Errors of the Hub's client, turned into ours with one clear sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from captcha_model.errors import HubError


@contextmanager
def clear_failures(what: str, *, revision: str | None = None) -> Iterator[None]:
    """Turn an error of the Hub's client in the block into a `HubError`.

    Args:
        what: the beginning of the sentence, before the reason.
        revision: the requested branch, tag or commit.

    Raises:
        HubError: the client failed.
    """
    # The HTTP library of the client, which raises the errors of connections.
    from httpx2 import HTTPError
    from huggingface_hub.errors import RevisionResolutionError, XetDownloadError

    # The client's errors have no common base.
    theirs = (HTTPError, OSError, ValueError, RuntimeError)
    try:
        yield
    except (*theirs, RevisionResolutionError, XetDownloadError) as error:
        # A failed upload of a large file is a RuntimeError whose cause is the actual error.
        inner = error.__cause__ if isinstance(error, RuntimeError) else None
        code, reason = _explain(inner or error, revision)
        raise HubError(f"{what}: {reason}.", code=code) from error


def _explain(error: BaseException, revision: str | None) -> tuple[str, str]:
    """Return a code and a reason."""
    from httpx2 import HTTPError
    from huggingface_hub import errors

    match error:
        # First, because a GatedRepoError is also a RepositoryNotFoundError.
        case errors.GatedRepoError():
            return "REPO_GATED", "it is gated; request access on its page and log in"
        case errors.RepositoryNotFoundError():
            return "REPO_NOT_FOUND", "it does not exist, or it is private and needs a token"
        case errors.RevisionNotFoundError():
            return "REVISION_NOT_FOUND", f"it has no revision {revision or 'main'!r}"
        case errors.LocalEntryNotFoundError() | errors.RevisionResolutionError():
            return _explain_cache_miss(error.__cause__)
        case errors.LocalTokenNotFoundError():
            return "TOKEN_MISSING", "no token was found; log in with `hf auth login`"
        case errors.OfflineModeIsEnabled():
            return "HUB_UNREACHABLE", "offline mode is on"
        case errors.HfHubHTTPError():
            return _explain_status(error.response.status_code, error.server_message)
        case HTTPError():
            return "HUB_UNREACHABLE", "the Hub cannot be reached"
        case errors.HFValidationError():
            return "REPO_NAME_INVALID", "this is not the name of a Hub repository"
    return "HUB_FAILED", " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")


def _explain_cache_miss(cause: BaseException | None) -> tuple[str, str]:
    """Return a code and the reason why a file that the cache lacks was not downloaded."""
    from httpx2 import HTTPError
    from huggingface_hub import errors

    missing = "it is not in the cache, and the Hub"
    match cause:
        case None | errors.OfflineModeIsEnabled():
            return "HUB_UNREACHABLE", "it is not in the cache, and offline mode is on"
        case errors.HfHubHTTPError():
            return "HUB_FAILED", f"{missing} answered {cause.response.status_code}"
        case HTTPError():
            return "HUB_UNREACHABLE", f"{missing} cannot be reached"
    return "HUB_FAILED", f"{missing} did not give a valid answer"


def _explain_status(status: int, message: str | None) -> tuple[str, str]:
    if status == 401:
        return "TOKEN_INVALID", "it needs a valid token; log in with `hf auth login`"
    if status == 403:
        return "ACCESS_DENIED", "the token does not allow it"
    return "HUB_FAILED", f"the Hub answered {status}" + (f" ({message})" if message else "")
