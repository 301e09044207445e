"""Puts finished files into the object store under the key of one attempt, and remembers what was put.

Never makes anything visible: an artifact exists for customers only when the settling transaction records it. A worker
that lost its lease deletes what it stored here, never what a record names.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jobs.actions.offer import Produced
from jobs.tools import Tools
from storage import names
from storage.errors import ImageFault, ServiceError
from storage.ids import new_id
from storage.model import Artifact
from storage.objects import ObjectCorrupt, ObjectMissing, ObjectStoreDown, Stored
from storage.objects.digest import Digest
from storage.records import artifacts as artifact_records

logger = logging.getLogger("darkroom.publishing")
CHUNK = 1 << 20
MAX_FILENAME = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@dataclass(frozen=True)
class Made:
    """What an attempt hands in to be settled: the recorded result and its stored files."""

    result: Mapping[str, Any]
    artifacts: Sequence[Artifact]


class Publisher:
    """`store` is handed to an action as Work.store or Gathering.store; `artifacts` grows in the order of the calls.

    `image_id` None: the files belong to the batch. ImageFault("storage_unavailable") when the store fails.
    """

    def __init__(
        self, tools: Tools, batch_id: str, image_id: str | None, token: str, check: Callable[[], None]
    ) -> None:
        self._tools = tools
        self._batch_id = batch_id
        self._image_id = image_id
        self._token = token
        self._check = check
        self._keys: list[str] = []
        self.artifacts: list[Artifact] = []

    def store(self, produced: Produced) -> None:
        """Write one file, prove that it is there whole, and note its artifact."""
        self._check()
        number = len(self._keys)
        extension = re.sub(r"[^a-z0-9]", "", produced.extension.lower()) or "bin"
        if self._image_id is None:
            key = names.batch_artifact_key(self._batch_id, self._token, number, extension)
        else:
            key = names.artifact_key(self._batch_id, self._image_id, self._token, number, extension)
        self._keys.append(key)
        try:
            stored = self._put(key, produced)
            if self._tools.objects.stat(key).bytes != stored.bytes:
                raise ObjectCorrupt(f"{key} is shorter than what was written")
        except (ObjectStoreDown, ObjectMissing) as fault:
            raise ImageFault("storage_unavailable", cause=fault) from fault
        self.artifacts.append(self._artifact(number, key, produced, stored))

    def discard(self) -> None:
        """Remove everything this attempt stored; what cannot be removed now is an orphan the sweep will find."""
        for key in self._keys:
            try:
                self._tools.objects.delete(key)
            except ObjectStoreDown:
                logger.warning("object not removed", extra={"event": "object.orphaned", "key": key})
        self._keys.clear()
        self.artifacts.clear()

    def _put(self, key: str, produced: Produced) -> Stored:
        objects, data = self._tools.objects, produced.data
        if isinstance(data, bytes):
            return objects.put(key, data, content_type=produced.content_type)
        return objects.adopt(data, key, _digest(data, key), content_type=produced.content_type)

    def _artifact(self, number: int, key: str, produced: Produced, stored: Stored) -> Artifact:
        now = self._tools.clock()
        return Artifact(
            id=new_id("art", now),
            batch_id=self._batch_id,
            image_id=self._image_id,
            role=produced.role,
            position=number,
            filename=safe_filename(produced.filename, f"file_{number + 1:03d}.{produced.extension}"),
            archive_name=produced.archive_name,
            key=key,
            content_type=produced.content_type,
            bytes=stored.bytes,
            sha256=stored.sha256,
            crc32=stored.crc32,
            width=produced.width,
            height=produced.height,
            dpi=produced.dpi,
            facts=dict(produced.facts),
            created_at=now,
        )


def attempt_prefix(batch_id: str, image_id: str, token: str) -> str:
    """What the keys of all files of one attempt start with."""
    return names.artifact_key(batch_id, image_id, token, 0, "bin").rpartition("/")[0] + "/"


def discard_attempt(tools: Tools, batch_id: str, image_id: str, token: str) -> None:
    """Remove whatever one attempt stored and no record names."""
    discard_under(tools, batch_id, attempt_prefix(batch_id, image_id, token))


def discard_under(tools: Tools, batch_id: str, *prefixes: str) -> None:
    """Remove a lost attempt's files; what cannot be removed now is an orphan the sweep will find.

    A commit whose answer never came may have made them true all the same, so what a record names stays, and so does
    everything when the records cannot be read.
    """
    try:
        with tools.database.read() as tx:
            recorded = {artifact.key for artifact in artifact_records.list_artifacts(tx, batch_id)}
        for prefix in prefixes:
            for stat in [*tools.objects.list(prefix)]:
                if stat.key not in recorded:
                    tools.objects.delete(stat.key)
    except (ObjectStoreDown, ServiceError):
        logger.warning("objects not removed", extra={"event": "object.orphaned", "key": prefixes[0]})


def safe_filename(name: str, otherwise: str) -> str:
    """The last part of `name` without what any file system or header dislikes; `otherwise` when nothing is left."""
    cleaned = _UNSAFE.sub("_", PurePosixPath(name.replace("\\", "/")).name).strip(" ._")
    if len(cleaned) > MAX_FILENAME:
        path = PurePosixPath(cleaned)
        cleaned = path.stem[: MAX_FILENAME - len(path.suffix)] + path.suffix
    return cleaned or otherwise


def _digest(path: Path, key: str) -> Stored:
    digest = Digest()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.stored(key)
