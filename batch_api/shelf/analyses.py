"""Submitting, reading and listing shelf analyses, alone and in batches (shelf §1, §3, §4, §10)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, request
from flask.views import MethodView
from flask_smorest import Blueprint

from batch_api import admission
from batch_api.documents import also_at
from batch_api.door import Door
from batch_api.idempotency import Ticket
from batch_api.intake import Intake, IntakeLimits
from batch_api.refusals import too_many_images
from batch_api.replies import json_reply, to_json
from batch_api.service import caller, service
from batch_api.shelf import documents, schemas, views
from batch_api.shelf.buckets import analyses_bucket, plan_of
from batch_api.shelf.callback_secrets import with_secrets
from batch_api.shelf.describing import SUBMIT, described
from batch_api.shelf.fields import (
    ALONE,
    BATCH,
    IN_BATCH,
    UPLOAD,
    fault,
    ignored,
    read_callback,
    read_image,
    read_keys,
    read_limit,
    read_object,
    read_text,
)
from batch_api.shelf.image_keys import Worded, submit_keyed
from batch_api.submissions import Execute, Submission, Task, accept
from batch_api.upload_slots import sent_file
from jobs.submit import StoredReply
from storage.errors import NotFound, UnsupportedMedia
from storage.model import Batch, Dialect, Image, ImageOrder, ImageState, Source
from storage.records.batches import get_batch
from storage.records.images import get_image, list_images, list_images_of_account
from storage.records.plans import PLANS

blueprint = Blueprint("shelf", __name__, description="Shelf photos to texts, quality and, later, products.")
STATES: dict[str, tuple[ImageState, ...]] = {
    "processing": (ImageState.QUEUED, ImageState.RUNNING),
    "completed": (ImageState.SUCCEEDED,),
    "failed": (ImageState.FAILED, ImageState.CANCELLED),
}
JSON_BYTES = 8 << 20
FILTERS = ("externalId", "placeId", "taskId", "batchId")


@blueprint.route("/api/v1/analyses")
class Analyses(MethodView):
    @described(
        blueprint,
        "shelf_submit",
        schemas.Submitted,
        documents.SUBMITTED,
        status=202,
        body=documents.ANALYSIS_BODY,
        parameters=documents.IDEMPOTENCY,
        errors=SUBMIT,
    )
    def post(self) -> Response:
        """Submit one image for analysis."""

        def worded(batch: Batch | None, images: Sequence[Image]) -> StoredReply:
            return stored({"data": views.submitted(images[0], batch)})

        return submit_images("POST /api/v1/analyses", worded, batched=False)

    @described(blueprint, "shelf_list", schemas.AnalysisPage, documents.LISTED, parameters=documents.LIST_PARAMETERS)
    def get(self) -> Response:
        """List analyses, newest first."""
        limit, account_id = read_limit(request.args.get("limit"), 50), caller().account.id
        after = request.args.get("cursor") or None
        with service().tools.database.read() as tx:
            try:
                found = list_images_of_account(
                    tx,
                    account_id,
                    dialect=Dialect.SHELF,
                    filters=read_filters(request.args),
                    after=after,
                    limit=limit + 1,
                )
            except NotFound as unknown:
                raise fault("cursor", "is not known") from unknown
        shown = found[:limit]
        more = len(found) > limit
        pagination = {"cursor": shown[-1].id if more else None, "hasMore": more}
        return json_reply({"data": [views.analysis_item(image) for image in shown], "pagination": pagination})


@blueprint.route("/api/v1/analyses/batch")
class AnalysesBatch(MethodView):
    @described(
        blueprint,
        "shelf_batch_submit",
        schemas.BatchSubmitted,
        documents.BATCH_SUBMITTED,
        status=202,
        body=documents.BATCH_BODY,
        parameters=documents.IDEMPOTENCY,
        errors=SUBMIT,
    )
    def post(self) -> Response:
        """Submit up to maxBatchSize images; all are accepted or none."""

        def worded(batch: Batch | None, images: Sequence[Image]) -> StoredReply:
            return stored(views.batch_submitted(batch, images))

        return submit_images("POST /api/v1/analyses/batch", worded, batched=True)


@blueprint.route("/api/v1/analyses/batch/<batch_id>")
class AnalysesBatchStatus(MethodView):
    @described(
        blueprint,
        "shelf_batch_status",
        schemas.BatchStatus,
        documents.BATCH_STATUS,
    )
    def get(self, batch_id: str) -> Response:
        """The state of a batch and of each of its analyses."""
        with service().tools.database.read() as tx:
            batch = get_batch(tx, batch_id, caller().account.id)
            if batch.dialect is not Dialect.SHELF:
                raise NotFound("There is no such batch.")
            images = list_images(tx, batch.id)
        return json_reply(views.batch_status(batch, images))


@blueprint.route("/api/v1/analyses/<analysis_id>")
class Analysis(MethodView):
    @described(blueprint, "shelf_get", schemas.Analysis, documents.ANALYSIS)
    def get(self, analysis_id: str) -> Response:
        """One analysis with its results."""
        with service().tools.database.read() as tx:
            image = get_image(tx, analysis_id, caller().account.id)
            batch = get_batch(tx, image.batch_id)
        if batch.dialect is not Dialect.SHELF:
            raise NotFound("There is no such analysis.")
        return json_reply({"data": views.analysis(image)})


also_at(blueprint, Analyses, "Analyses", "/v1/analyses")
also_at(blueprint, AnalysesBatch, "AnalysesBatch", "/v1/analyses/batch")
also_at(blueprint, AnalysesBatchStatus, "AnalysesBatchStatus", "/v1/analyses/batch/<batch_id>")
also_at(blueprint, Analysis, "Analysis", "/v1/analyses/<analysis_id>")


def own_door() -> Door:
    """The door that this blueprint belongs to."""
    door = service().door_of_blueprint(blueprint.name)
    assert door is not None
    return door


def submit_images(route: str, worded: Worded, *, batched: bool) -> Response:
    """One submission of JSON, by the path that every dialect takes; images with keys of their own take a turn first."""
    found, who, door = service(), caller(), own_door()
    g.allowances = [found.limiter.peek(analyses_bucket(who))]  # a replay takes no place but shows what is left
    who.require("write")
    limits = IntakeLimits(files=0, file_bytes=0, request_bytes=JSON_BYTES, text_bytes=JSON_BYTES)
    keys: list[str | None] = []

    def understood(received: Intake) -> tuple[Intake, Submission]:
        if received.document is None:
            raise UnsupportedMedia("Send application/json.")
        body = read_object(received.document)
        submission = translate_batch(body) if batched else translate_one(body)
        keys.extend(read_keys(body["images"]) if batched else [])
        return received, submission

    def charge(images: int) -> None:
        admission.count(analyses_bucket(who), cost=images)

    def keyed(submission: Submission, ticket: Ticket | None, execute: Execute) -> Response:
        if not any(keys):
            return execute(submission, ticket)
        return submit_keyed(found, who.account.id, keys, door.idempotency, worded, submission, ticket, execute)

    reply = accept(request, found, door, who, Task(route, limits, understood, worded, charge, keyed))
    return with_secrets(found, who, reply)


def translate_one(body: Mapping[str, Any]) -> Submission:
    settings = service().settings
    callback = read_callback(settings, body)
    orders = (image_order(read_image(body), callback, ""),)
    return Submission("analysis", orders, callback_url=callback, warnings=tuple(ignored(body, ALONE)))


def translate_batch(body: Mapping[str, Any]) -> Submission:
    settings, most = service().settings, plan_of(caller()).max_batch_size
    images = body.get("images")
    if images is None:
        raise fault("images", "required")
    if not isinstance(images, list) or not images:
        raise fault("images", "must be a list of at least one image")
    if len(images) > most:
        largest = max(row.max_batch_size for row in PLANS.values())
        raise too_many_images(most, len(images), field="images", code="batch_size_exceeded", most_of_any=largest)
    callback = read_callback(settings, body)
    paths = [f"images[{place}]." for place in range(len(images))]
    orders = [image_order(read_image(each, path), callback, path) for each, path in zip(images, paths, strict=True)]
    warnings = ignored(body, BATCH)
    for each, path in zip(images, paths, strict=True):
        warnings += ignored(each, IN_BATCH, path)
    return Submission("analysis", tuple(orders), callback_url=callback, warnings=tuple(warnings[:50]))


def image_order(understood: tuple[str, dict[str, Any]], callback: str | None, path: str) -> ImageOrder:
    """One analysis; each has its own callback secret, 32 random bytes in hex."""
    address, labels = understood
    secret = f"whsec_{secrets.token_hex(32)}" if callback else None
    if not address.startswith(UPLOAD):
        return ImageOrder((Source("url", "shelf photo", url=address),), labels, secret)
    sent = sent_file(service(), caller(), address.removeprefix(UPLOAD), path + "imageUrl")
    # The address is kept beside the key because replies echo it as it was given.
    source = Source("upload", sent.slot.filename, key=sent.slot.key, url=address, bytes=sent.bytes)
    return ImageOrder((source,), labels, secret)


def stored(body: Mapping[str, Any]) -> StoredReply:
    return StoredReply(202, {"Content-Type": "application/json"}, to_json(body))


def read_filters(arguments: Mapping[str, str]) -> dict[str, Any]:
    """Documented and additional filters; 422 for a status that does not exist or a date that is none."""
    filters: dict[str, Any] = {}
    for name, value in arguments.items():
        if name == "status":
            if value not in STATES:
                raise fault("status", "must be processing, completed or failed")
            filters["state"] = STATES[value]
        elif name in FILTERS or (name.startswith("metadata.") and name != "metadata."):
            filters[name] = read_text(arguments, name, "", limit=500)
        elif name in ("from", "to"):
            filters[name] = read_moment(name, value)
    return {name: value for name, value in filters.items() if value is not None}


def read_moment(name: str, text: str) -> datetime:
    """A date or a time; without a zone it is UTC. A "+" that became a space on its way through a query is meant."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as wrong:
        raise fault(name, "must be an ISO-8601 date") from wrong
