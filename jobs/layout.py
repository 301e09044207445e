"""What lies where in a batch's ZIP, and the manifest that says so. Facts from SQL only: the same batch gives the same
names and the same bytes, whoever packs it and when.
"""

import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from jobs.actions.slugs import image_slug
from jobs.archive import ArchiveEntry
from jobs.entry_names import EntryNames, safe_entry_name
from storage.clock import iso
from storage.model import Artifact, Batch, Dialect, Image

MANIFEST = "manifest.json"
ERRORS = "errors.json"
FLAT_ACTIONS = ("clipart",)


def entry_paths(batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact]) -> dict[str, str]:
    """{artifact id: its path in the ZIP} for those that belong in it; no two paths alike, every part safe."""
    folders = {image.id: image_folder(batch, image) for image in images}
    taken = EntryNames()
    for name in (MANIFEST, ERRORS):
        taken.take(name)
    places = {}
    for artifact in artifacts:
        if not artifact.archive_name:
            continue
        folder = folders.get(artifact.image_id or "", "")
        *parts, name = PurePosixPath(folder, artifact.archive_name).parts
        places[artifact.id] = taken.take(name, "/".join(safe_entry_name(part) for part in parts))
    return places


def image_folder(batch: Batch, image: Image) -> str:
    """`03_sunset-beach` where a design has several files; "" where the batch is one flat set."""
    if batch.dialect is not Dialect.PRINT or batch.action in FLAT_ACTIONS:
        return ""
    return f"{image.index + 1:02d}_{image_slug(batch, image)}"


def manifest(
    batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact], places: Mapping[str, str]
) -> dict[str, Any]:
    """Every image's outcome and every file with its hash."""
    files: dict[str | None, list[dict[str, Any]]] = {}
    for artifact in artifacts:
        if artifact.id in places:
            files.setdefault(artifact.image_id, []).append(file_facts(artifact, places[artifact.id]))
    return {
        "batch_id": batch.id,
        "action": batch.action,
        "created_at": iso(batch.created_at),
        "total": batch.total,
        "succeeded": batch.succeeded,
        "failed": batch.failed,
        "cancelled": batch.cancelled,
        "warnings": list(batch.warnings),
        "images": [image_facts(image, files.get(image.id, [])) for image in images],
        "files": files.get(None, []),
    }


def image_facts(image: Image, files: list[dict[str, Any]]) -> dict[str, Any]:
    """One image's line of the manifest; the error only where there is one."""
    facts = {
        "id": image.id,
        "index": image.index,
        "source": image.sources[0].filename if image.sources else "",
        "state": image.state.value,
        "files": files,
    }
    if image.error_code and image.state != "succeeded":
        facts["error"] = {"code": image.error_code, "message": image.error_message}
    return facts


def file_facts(artifact: Artifact, path: str) -> dict[str, Any]:
    """One file's line of the manifest."""
    size = {"width": artifact.width, "height": artifact.height, "dpi": artifact.dpi}
    return {
        "path": path,
        "role": artifact.role.value,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        **{name: value for name, value in size.items() if value is not None},
    }


def manifest_entries(told: Mapping[str, Any]) -> list[ArchiveEntry]:
    """manifest.json, and errors.json when something failed."""
    entries = [_text_entry(MANIFEST, told)]
    failed = [
        {name: image[name] for name in ("id", "index", "source", "error")}
        for image in told["images"]
        if "error" in image
    ]
    if failed:
        entries.append(_text_entry(ERRORS, {"batch_id": told["batch_id"], "errors": failed}))
    return entries


def _text_entry(name: str, content: Mapping[str, Any]) -> ArchiveEntry:
    data = (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        yield io.BytesIO(data)

    return ArchiveEntry(name, len(data), zlib.crc32(data), opened)
