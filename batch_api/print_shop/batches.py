"""Batches: submitted, polled, listed, downloaded, cancelled. A view reads its input, calls one thing and answers.

Never writes a record itself and never opens a picture.
"""

from functools import partial

from flask import Response, redirect, request
from flask.views import MethodView

from batch_api.documents import also_at
from batch_api.print_shop import forms, schemas, views
from batch_api.print_shop.entrance import DOOR, PAGING, blueprint, described, page_of, unknown_cursor
from batch_api.print_shop.ordering import limits_of, translate
from batch_api.replies import JSON, json_reply, to_json
from batch_api.service import Service, caller, service
from batch_api.submissions import Task, accept
from jobs.cancel import cancel
from jobs.links import artifact_url, batch_url
from jobs.notify.print_shop import BATCH_STATUS
from jobs.submit import StoredReply
from storage.errors import Conflict, Gone, Invalid, NotFound
from storage.model import Batch, Dialect, Image, Role
from storage.records import artifacts, batches, images, ledger

STATES = {word: state for state, word in BATCH_STATUS.items()} | {"cancelled": "cancelled"}
TAG = "print batches"
SUBMIT_ERRORS = (400, 402, 409, 413, 415)


def submit(named: str | None) -> Response:
    """One submission; `named` is the action of the address, None for the generic one."""
    found, who = service(), caller()
    who.require("write")
    with found.tools.database.read() as tx:
        available = ledger.balance(tx, who.account.id).available
    task = Task(
        route=f"print:submit:{named or 'generic'}",
        limits=limits_of(found.settings),
        translate=partial(translate, found, who, named),
        reply=partial(worded, found, available),
    )
    return accept(request, found, DOOR, who, task)


def worded(found: Service, available: int, batch: Batch, made: list[Image]) -> StoredReply:
    """202 with the batch and its jobs. The remaining credits are those before this hold, less it."""
    remaining = available - batch.credits_held
    body = views.accepted(found.tools, batch, made, remaining)
    return StoredReply(202, {"Content-Type": JSON, "Location": batch_url(found.settings, batch)}, to_json(body))


@blueprint.route("/v1/batch")
class SubmitBatch(MethodView):
    @described(
        "submitBatch",
        TAG,
        *SUBMIT_ERRORS,
        status=202,
        reply=schemas.Accepted,
        body=forms.generic_body(),
        parameters=forms.SUBMIT_HEADERS,
        aliases=("/v1/batches",),
    )
    def post(self) -> Response:
        """Submit a batch, the job type told by its fields

        job_type decides; without it the fields must belong to exactly one job type, otherwise the request is refused.
        Send an Idempotency-Key header to make a retry safe for 24 hours.
        """
        return submit(None)

    @described("listBatches", TAG, 400, reply=schemas.BatchPage, parameters=(*PAGING, *forms.BATCH_FILTERS))
    def get(self) -> Response:
        """List batches, newest first"""
        limit, after = page_of(request)
        filters = {name: value for name in ("client_job_id",) if (value := request.args.get(name))}
        if status := request.args.get("status"):
            if status not in STATES:
                raise Invalid("There is no such status.", field="status", reason="unknown")
            filters["state"] = str(STATES[status])
        tools, account = service().tools, caller().account
        try:
            with tools.database.read() as tx:
                page = batches.list_batches(
                    tx, account.id, dialect=Dialect.PRINT, filters=filters, after=after, limit=limit + 1
                )
        except NotFound as fault:
            raise unknown_cursor() from fault
        return json_reply(
            {
                "batches": [views.summary(tools, batch) for batch in page[:limit]],
                "has_more": len(page) > limit,
                "next_cursor": page[limit - 1].id if len(page) > limit else None,
            }
        )


@blueprint.route("/v1/batch/wallart")
class SubmitWallArt(MethodView):
    @described(
        "submitWallArt",
        TAG,
        *SUBMIT_ERRORS,
        status=202,
        reply=schemas.Accepted,
        body=forms.body("wallart"),
        parameters=forms.SUBMIT_HEADERS,
    )
    def post(self) -> Response:
        """Submit wall art: five print sizes per design"""
        return submit("wallart")


@blueprint.route("/v1/batch/poster")
class SubmitPoster(MethodView):
    @described(
        "submitPoster",
        TAG,
        *SUBMIT_ERRORS,
        status=202,
        reply=schemas.Accepted,
        body=forms.body("poster"),
        parameters=forms.SUBMIT_HEADERS,
    )
    def post(self) -> Response:
        """Submit posters: one print file per design"""
        return submit("poster")


@blueprint.route("/v1/batch/clipart")
class SubmitClipart(MethodView):
    @described(
        "submitClipart",
        TAG,
        *SUBMIT_ERRORS,
        status=202,
        reply=schemas.Accepted,
        body=forms.body("clipart"),
        parameters=forms.SUBMIT_HEADERS,
    )
    def post(self) -> Response:
        """Submit clip-art: one transparent PNG per picture, previews for the batch"""
        return submit("clipart")


@blueprint.route("/v1/batch/upscale")
class SubmitUpscale(MethodView):
    @described(
        "submitUpscale",
        TAG,
        *SUBMIT_ERRORS,
        status=202,
        reply=schemas.Accepted,
        body=forms.body("upscale"),
        parameters=forms.SUBMIT_HEADERS,
    )
    def post(self) -> Response:
        """Submit pictures to enlarge"""
        return submit("upscale")


def own_batch(batch_id: str) -> tuple[Batch, list[Image]]:
    """The caller's print batch and its images; NotFound for anybody else's."""
    with service().tools.database.read() as tx:
        batch = batches.get_batch(tx, batch_id, caller().account.id)
        if batch.dialect is not Dialect.PRINT:
            raise NotFound()
        return batch, images.list_images(tx, batch_id)


@blueprint.route("/v1/batch/<batch_id>")
class BatchView(MethodView):
    @described(
        "getBatch",
        TAG,
        404,
        reply=schemas.BatchDetail,
        aliases=("/v1/batches/{batch_id}", "/v1/batch/{batch_id}/status"),
    )
    def get(self, batch_id: str) -> Response:
        """Poll a batch

        Links are minted at every call and live until expires_at.
        """
        tools = service().tools
        batch, children = own_batch(batch_id)
        with tools.database.read() as tx:
            files = artifacts.list_artifacts(tx, batch_id)
        headers = {} if batch.final else {"Retry-After": str(views.POLL_SECONDS)}
        return json_reply(views.full(tools, batch, children, files), headers=headers)


@blueprint.route("/v1/batch/<batch_id>/download")
class BatchDownload(MethodView):
    @described("downloadBatch", TAG, 404, 409, 410, status=302)
    def get(self, batch_id: str) -> Response:
        """Download everything as one ZIP

        Redirects to a fresh signed link. 409 until the batch is finished, 410 once its files were deleted.
        """
        tools = service().tools
        batch, _ = own_batch(batch_id)
        if not batch.final:
            raise Conflict("The batch is not finished yet.", code="not_ready", retry_after=views.POLL_SECONDS)
        with tools.database.read() as tx:
            files = artifacts.list_artifacts(tx, batch_id)
        archive = next((each for each in files if each.role is Role.ARCHIVE and each.image_id is None), None)
        link = artifact_url(tools, archive, batch) if archive else None
        if link is None:
            if archive is None and batch.purged_at is None:
                raise NotFound("The batch has no archive: none of its images succeeded.", code="not_found")
            raise Gone()
        return redirect(link, 302)  # type: ignore[return-value]


@blueprint.route("/v1/batch/<batch_id>/cancel")
class BatchCancel(MethodView):
    @described("cancelBatch", TAG, 404, reply=schemas.BatchDetail)
    def post(self, batch_id: str) -> Response:
        """Cancel what has not started; its credits return"""
        caller().require("write")
        found = service()
        own_batch(batch_id)
        cancel(found.tools, caller().account.id, batch_id, found.doorbell)
        batch, children = own_batch(batch_id)
        with found.tools.database.read() as tx:
            files = artifacts.list_artifacts(tx, batch_id)
        return json_reply(views.full(found.tools, batch, children, files))


also_at(blueprint, BatchView, "batch", "/v1/batches/<batch_id>", "/v1/batch/<batch_id>/status")
also_at(blueprint, SubmitBatch, "SubmitBatches", "/v1/batches")
