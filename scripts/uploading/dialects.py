"""The three dialects as the client speaks them: how a batch is sent, and what a look at it tells. Knows wire names and
nothing else; never waits, never writes a file."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from uploading.bodies import FileBody, FormBody, Told, content_type
from uploading.downloads import Link
from uploading.exits import Misused
from uploading.journal import Batch
from uploading.orders import Item, Order, Plan
from uploading.wire import Answer, Fault, Refused, Wire

EXPIRED = "The results were deleted before they were fetched."
Slots = Callable[[int, str, float], None]  # (index, slot id, until when) of a file that was sent directly


@dataclass(frozen=True)
class Outcome:
    """How one picture ended: its files, or a sentence."""

    index: int
    files: tuple[Link, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """A batch as it is now. `outcomes` may ask the service while it is read; it is empty until the batch is final."""

    final: bool
    done: int
    wait: float
    outcomes: Iterable[Outcome] = ()
    shared: tuple[Link, ...] = ()
    warnings: tuple[str, ...] = ()


class Dialect(Protocol):
    most: int
    actions: tuple[str, ...]
    reserved: tuple[str, ...]

    def submit(
        self, wire: Wire, order: Order, batch: Batch, told: Told, slots: Slots, patient: bool
    ) -> tuple[str, tuple[str, ...]]: ...

    def look(self, wire: Wire, batch: Batch) -> Look: ...


def send_form(
    wire: Wire, path: str, plan: Plan, texts: list[tuple[str, str]], urls: str, files: str, told: Told, patient: bool
) -> Answer:
    """POST a form with the plan's addresses and files under these field names."""
    texts = texts + [(urls, item.url) for item in plan.items if item.url]
    sent = [(files, item) for item in plan.items if item.path]
    form = FormBody(texts, sent, told)
    headers = {"Idempotency-Key": plan.key, "Prefer": "respond-async", "Content-Type": form.content_type}
    return wire.call("POST", path, body=lambda: form, headers=headers, patient=patient)


def link_of(file: dict[str, Any]) -> Link:
    return Link(str(file["filename"]), str(file["url"] or ""), file.get("bytes"), file.get("sha256"))


def outcome_of(index: int, files: list[dict[str, Any]], error: str | None, warned: Any = ()) -> Outcome:
    if error is not None:
        return Outcome(index, error=error)
    if not files or not all(file.get("url") for file in files):
        return Outcome(index, error=EXPIRED)
    return Outcome(index, tuple(link_of(file) for file in files), warnings=texts_of(warned))


def texts_of(warned: Any) -> tuple[str, ...]:
    """The sentences of a `warnings` member, which older services may leave out."""
    return tuple(str(each) for each in warned or ())


class Print:
    most = 50
    actions: tuple[str, ...] = ("wallart", "poster", "clipart", "upscale")
    reserved: tuple[str, ...] = ("images", "image_urls", "upload_ids", "options", "job_type", "client_job_id")

    def submit(
        self, wire: Wire, order: Order, batch: Batch, told: Told, slots: Slots, patient: bool
    ) -> tuple[str, tuple[str, ...]]:
        texts = [("client_job_id", batch.plan.key), *order.options]
        path = f"/v1/batch/{order.action}"
        answer = send_form(wire, path, batch.plan, texts, "image_urls", "images", told, patient)
        return str(answer.body["batch_id"]), ()

    def look(self, wire: Wire, batch: Batch) -> Look:
        answer = wire.call("GET", f"/v1/batch/{batch.batch_id}")
        body, jobs = answer.body, answer.body["jobs"]
        done = sum(job["status"] in ("completed", "failed", "canceled") for job in jobs)
        if body["status"] not in ("completed", "failed", "canceled"):
            return Look(False, done, answer.wait(5.0))
        shared = tuple(link_of(file) for file in body.get("files", ()) if file.get("url"))
        return Look(True, done, 0.0, tuple(self.outcome(job) for job in jobs), shared, texts_of(body.get("warnings")))

    def outcome(self, job: dict[str, Any]) -> Outcome:
        error = None
        if job["status"] != "completed":
            error = (job.get("error") or {}).get("message") or f"The image was {job['status']}."
        return outcome_of(job["index"], job["files"], error, job.get("warnings"))


class Studio:
    most = 200
    actions: tuple[str, ...] = ("bg-remove", "photography", "mockup", "ad-poster")  # those of one picture each
    reserved: tuple[str, ...] = ("action", "image_urls", "image_files", "options", "client_ref", "job_id", "async")
    common = ("resolution", "aspect_ratio", "webhook_url")

    def submit(
        self, wire: Wire, order: Order, batch: Batch, told: Told, slots: Slots, patient: bool
    ) -> tuple[str, tuple[str, ...]]:
        named = [(name if name in self.common else f"options[{name}]", value) for name, value in order.options]
        texts = [("action", order.action), ("client_ref", batch.plan.key), *named]
        answer = send_form(wire, "/api/v1/batch.php", batch.plan, texts, "image_urls[]", "image_files[]", told, patient)
        return str(answer.body["job_id"]), ()

    def look(self, wire: Wire, batch: Batch) -> Look:
        answer = wire.call("GET", f"/api/v1/batch.php?job_id={batch.batch_id}")
        body = answer.body
        done = int(body.get("completed_count", 0)) + int(body.get("failed_count", 0))
        if body["status"] not in ("completed", "failed"):
            return Look(False, done, answer.wait(2.0))
        errors = {error["index"]: str(error.get("message") or error.get("code")) for error in body["errors"]}
        files: dict[int, list[dict[str, Any]]] = {}
        for file in body["files"]:
            files.setdefault(file["index"], []).append(file)
        outcomes = (outcome_of(at, files.get(at, []), errors.get(at)) for at in range(len(batch.plan.items)))
        return Look(True, done, 0.0, tuple(outcomes), warnings=texts_of(body.get("warnings")))


class Shelf:
    most = 200
    actions: tuple[str, ...] = ("analysis",)
    reserved: tuple[str, ...] = ("images", "imageUrl", "externalId")
    labels = ("placeId", "taskId")

    def submit(
        self, wire: Wire, order: Order, batch: Batch, told: Told, slots: Slots, patient: bool
    ) -> tuple[str, tuple[str, ...]]:
        images = []
        for index, item in enumerate(batch.plan.items):
            address = item.url or f"upload:{self.slot(wire, batch, index, item, told, slots, patient)}"
            images.append({"imageUrl": address, "externalId": item.folder[:255], **self.labelled(order)})
        callback = {name: value for name, value in order.options if name == "callbackUrl"}
        headers = {"Idempotency-Key": batch.plan.key}
        answer = wire.call(
            "POST", "/api/v1/analyses/batch", json={"images": images, **callback}, headers=headers, patient=patient
        )
        data = answer.body["data"]
        if len(data["analyses"]) != len(images):
            # The shelf repeats its first reply to a key whatever the body is; this one was for another set of files.
            raise Refused(Fault(409, f"The batch {data['batchId']} was sent under this key before, with other files."))
        return str(data["batchId"]), tuple(str(each["id"]) for each in data["analyses"])

    def labelled(self, order: Order) -> dict[str, Any]:
        """The options that every image of the batch carries."""
        found: dict[str, Any] = {name: value for name, value in order.options if name in self.labels}
        notes = {n.removeprefix("metadata."): value for n, value in order.options if n.startswith("metadata.")}
        unknown = [n for n, _ in order.options if n not in (*self.labels, "callbackUrl") and n[:9] != "metadata."]
        if unknown:
            raise Misused(f"The shelf has no option '{unknown[0]}'; it takes placeId, taskId, callbackUrl, metadata.*.")
        return found | ({"metadata": notes} if notes else {})

    def slot(self, wire: Wire, batch: Batch, index: int, item: Item, told: Told, slots: Slots, patient: bool) -> str:
        """The slot that holds this file: one of an earlier try while it lives, else a new one that is filled now."""
        if index in batch.slots and batch.slots[index][1] - wire.now() > 300:
            return batch.slots[index][0]
        asked = {"filename": item.name[:255], "bytes": item.size, "contentType": content_type(item.name)}
        try:
            opened = wire.call("POST", "/api/v1/uploads", json=asked, patient=patient).body["data"]
            headers, file = opened["headers"], FileBody(item, told)
            wire.call(opened["method"], opened["url"], body=lambda: file, headers=headers, patient=patient)
        except Refused as refused:
            raise Refused(replace(refused.fault, field=f"images[{index}]")) from refused
        slots(index, str(opened["id"]), datetime.fromisoformat(opened["expiresAt"].replace("Z", "+00:00")).timestamp())
        return str(opened["id"])

    def look(self, wire: Wire, batch: Batch) -> Look:
        answer = wire.call("GET", f"/api/v1/analyses/batch/{batch.batch_id}")
        data = answer.body["data"]
        done = int(data["completed"]) + int(data["failed"])
        if data["status"] != "completed":
            return Look(False, done, answer.wait(3.0))
        return Look(True, done, 0.0, self.outcomes(wire, batch))

    def outcomes(self, wire: Wire, batch: Batch) -> Iterator[Outcome]:
        """One GET for each analysis that is not settled yet, as it is asked for."""
        for index, part in enumerate(batch.parts):
            if index in batch.settled:
                continue
            found = wire.call("GET", f"/api/v1/analyses/{part}").body["data"]
            if found["status"] != "completed":
                yield Outcome(index, error=str(found.get("error") or "The analysis failed."))
                continue
            content = json.dumps(found, ensure_ascii=False, indent=2).encode() + b"\n"
            link = Link("analysis.json", content=content)
            yield Outcome(index, (link,), warnings=texts_of(found.get("warnings")))


DIALECTS: dict[str, Dialect] = {"print": Print(), "studio": Studio(), "shelf": Shelf()}
