"""What a worker and the child it works with say to each other: one JSON object per line, over a socket pair.

The worker never believes its child more than it must: a decoder that was taken over speaks here too. Files are taken
only under the keys of the very attempt, and a line has its limit.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from jobs.publishing import Made, attempt_prefix
from storage.errors import IMAGE_FAULTS, ImageFault
from storage.model import Artifact, Role

MAX_LINE = 32 << 20
PIECE = 1 << 16


class Wire:
    """One end. `ended`: the other end is closed."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._held = b""
        self.ended = False

    def fileno(self) -> int:
        return self._end.fileno()

    def say(self, message: Mapping[str, Any]) -> None:
        """Send one object; BrokenPipeError when nobody listens, ValueError when JSON has no word for it."""
        self._end.sendall(json.dumps(message, allow_nan=False).encode() + b"\n")

    def hear(self) -> dict[str, Any] | None:
        """Wait for the next object; None at the end."""
        while not self.ended:
            self._take(self._end.recv(PIECE))
            for message in self._lines():
                return message
        return None

    def messages(self) -> Iterator[dict[str, Any]]:
        """What has arrived by now, without waiting."""
        while not self.ended:
            try:
                piece = self._end.recv(PIECE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            self._take(piece)
        yield from self._lines()

    def _take(self, piece: bytes) -> None:
        self.ended = not piece
        self._held += piece
        if len(self._held) > MAX_LINE:
            raise ImageFault("processing_failed", cause="the child said too much")

    def _lines(self) -> Iterator[dict[str, Any]]:
        while b"\n" in self._held:
            line, _, self._held = self._held.partition(b"\n")
            try:
                message = json.loads(line)
            except ValueError as error:
                raise ImageFault("processing_failed", cause="the child spoke in no known words") from error
            if not isinstance(message, dict):
                raise ImageFault("processing_failed", cause="the child spoke in no known words")
            yield message


def tell_fault(fault: ImageFault) -> dict[str, Any]:
    return {"code": fault.code, "public": fault.public, "retryable": fault.retryable, "cause": _words(fault.cause)}


def fault_of(told: Any) -> ImageFault:
    """The fault that was told; one of unknown code is processing_failed."""
    told = told if isinstance(told, dict) else {}
    code = str(told.get("code"))
    if code not in IMAGE_FAULTS:
        return ImageFault("processing_failed", cause=f"unknown fault {code[:40]}")
    fault = ImageFault(code, str(told.get("public") or "")[:300] or None, cause=told.get("cause"))
    fault.retryable = bool(told.get("retryable"))
    return fault


def tell_made(made: Made) -> dict[str, Any]:
    rows = [{**asdict(artifact), "created_at": artifact.created_at.isoformat()} for artifact in made.artifacts]
    return {"result": made.result, "artifacts": rows}


def made_of(told: Mapping[str, Any], batch_id: str, image_id: str, token: str) -> Made:
    """What was made under exactly this attempt's keys; ImageFault("processing_failed") for anything else."""
    prefix = attempt_prefix(batch_id, image_id, token)
    try:
        artifacts = [_artifact(row) for row in told["artifacts"]]
        result = dict(told["result"])
    except (KeyError, TypeError, ValueError) as error:
        raise ImageFault("processing_failed", cause="the child told no result") from error
    for artifact in artifacts:
        own = artifact.key.startswith(prefix) and (artifact.batch_id, artifact.image_id) == (batch_id, image_id)
        if not own:
            raise ImageFault("processing_failed", cause="the child named a file that is not its own")
    return Made(result, artifacts)


def _artifact(row: Mapping[str, Any]) -> Artifact:
    return Artifact(**{**row, "role": Role(row["role"]), "created_at": datetime.fromisoformat(row["created_at"])})


def _words(cause: object) -> str | None:
    """As much of a cause as the operator's log may have: its kind, never a message with a name in it."""
    return cause[:200] if isinstance(cause, str) else None if cause is None else type(cause).__name__
