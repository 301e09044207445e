"""A customer of a running installation: submits, polls and downloads over HTTP, in each dialect. Never looks inside."""

import hashlib
import io
import json
import time
import zipfile
from typing import Any

import requests
from installation import Installation

FINAL = ("completed", "failed", "canceled")  # shelf's "partial" has images that still run
File = tuple[str, bytes]


def submit_print(service: Installation, action: str, files: list[File] | None = None, **fields: Any) -> dict[str, Any]:
    """The 202 of a print batch; `fields` go as JSON when there are no files, else as form fields."""
    url = f"{service.base}/v1/batch/{action}"
    if files:
        parts = [("images", file) for file in files]
        pairs = [
            (name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])
        ]
        reply = requests.post(url, headers=service.print, files=parts, data=pairs, timeout=60)
    else:
        reply = requests.post(url, headers=service.print, json=fields, timeout=60)
    assert reply.status_code == 202, reply.text
    body: dict[str, Any] = reply.json()
    return body


def print_done(service: Installation, batch_id: str, seconds: float = 240) -> dict[str, Any]:
    """The batch once it is final."""
    return until_final(service, f"/v1/batch/{batch_id}", service.print, seconds)


def submit_studio(service: Installation, files: list[File] | None = None, **fields: Any) -> dict[str, Any]:
    """The reply to a studio form; it may be the result already."""
    parts = [("image_files[]", file) for file in files or []]
    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    reply = requests.post(
        f"{service.base}/api/v1/batch.php", headers=service.studio, files=parts or None, data=pairs, timeout=150
    )
    body: dict[str, Any] = reply.json()
    return body


def studio_done(service: Installation, job_id: str, seconds: float = 240) -> dict[str, Any]:
    return until_final(service, f"/api/v1/batch.php?job_id={job_id}", service.studio, seconds)


def submit_shelf(service: Installation, urls: list[str], **fields: Any) -> dict[str, Any]:
    """`data` of the 202 of a shelf batch."""
    body = {"images": [{"imageUrl": url} for url in urls], **fields}
    reply = requests.post(f"{service.base}/api/v1/analyses/batch", headers=service.shelf, json=body, timeout=60)
    assert reply.status_code == 202, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def shelf_done(service: Installation, batch_id: str, seconds: float = 240) -> dict[str, Any]:
    return until_final(service, f"/api/v1/analyses/batch/{batch_id}", service.shelf, seconds)


def until_final(service: Installation, path: str, headers: dict[str, str], seconds: float) -> dict[str, Any]:
    """What the address says once its status is final; AssertionError with the logs when that takes too long."""
    end = time.monotonic() + seconds
    body: dict[str, Any] = {}
    while time.monotonic() < end:
        reply = requests.get(service.base + path, headers=headers, timeout=60)
        body = reply.json() if reply.status_code == 200 else {}
        if body.get("status") in FINAL:
            return body
        time.sleep(0.3)
    raise AssertionError(f"{path} is not final: {json.dumps(body)[:2000]}\n{service.logs()}")


def usage(service: Installation) -> dict[str, int]:
    """available, held and spent credits."""
    body = requests.get(f"{service.base}/v1/credits", headers=service.print, timeout=30).json()
    return {name: body[name] for name in ("available", "held", "spent")}


def archive(service: Installation, batch: dict[str, Any]) -> tuple[zipfile.ZipFile, dict[str, Any], bytes]:
    """The batch's ZIP as Python reads it, its manifest, and its bytes; every file's hash is checked."""
    reply = requests.get(f"{service.base}/v1/batch/{batch['batch_id']}/download", headers=service.print, timeout=120)
    assert reply.status_code == 200, reply.text[:500]
    assert len(reply.content) == batch["zip_size_bytes"]
    packed = zipfile.ZipFile(io.BytesIO(reply.content))
    assert packed.testzip() is None
    told = json.loads(packed.read("manifest.json"))
    files = [file for image in told["images"] for file in image["files"]] + told["files"]
    for file in files:
        data = packed.read(file["path"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"]), file
    listed = {file["path"] for file in files}
    assert set(packed.namelist()) - listed <= {"manifest.json", "errors.json"}
    return packed, told, reply.content
