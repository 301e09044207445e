"""POST and poll of `/api/v1/batch.php`. A POST waits a bounded time for its result, then answers "queued".

Never shows another account's job or another dialect's batch, and never holds a transaction while it waits.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from batch_api.documents import also_at, operation
from batch_api.door import Door
from batch_api.errors import MethodNotAllowed
from batch_api.intake import Intake
from batch_api.replies import json_reply, to_json
from batch_api.service import Service, caller, service
from batch_api.studio.documents import (
    POLL_PARAMETERS,
    REPLY_EXAMPLE,
    REQUEST_BODY,
    SECURITY,
    SUBMIT_PARAMETERS,
    BatchReply,
)
from batch_api.studio.errors import error_doc
from batch_api.studio.form import read_form
from batch_api.studio.submission import intake_limits, translate
from batch_api.submissions import Submission, Task, accept
from jobs.actions.schema import parse_flag
from jobs.notify.studio import result_body
from jobs.submit import StoredReply
from storage.errors import Invalid, NotFound
from storage.model import Batch, Dialect, Image
from storage.records.artifacts import list_artifacts
from storage.records.batches import get_batch
from storage.records.images import list_images

blueprint = Blueprint("studio", __name__, description="Product images from a PHP-style form.")
PATHS = ("/api/v1/batch.php", "/api/v1/batch")
ROUTE = "POST /api/v1/batch.php"
LOOK_EVERY_S = 0.1
NO_JOB = "There is no such job."
TAGS = ("studio",)


class PollWanted(Exception):
    """A POST that turned out to be `action=status`."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id


@blueprint.route("/api/v1/batch.php")
class BatchView(MethodView):
    @operation(blueprint, "studio_submit", tags=TAGS, reply=BatchReply, example=REPLY_EXAMPLE, body=REQUEST_BODY,
               errors=(400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 503), words=error_doc, security=SECURITY,
               aliases=("/api/v1/batch",), parameters=SUBMIT_PARAMETERS)  # fmt: skip
    def post(self) -> Response:
        """Submit images to an action.

        Waits for the result up to the configured time (25 s, 5 s with a webhook), then answers with status "queued"
        or "processing"; `options[async]=true` or `Prefer: respond-async` answers at once. `action=status` polls.
        """
        found, who, wanted = service(), caller(), Wish()

        def understood(received: Intake) -> tuple[Intake, Submission]:
            form = read_form(received)
            if form.common.get("action") == "status":
                raise PollWanted(form.common.get("job_id", ""))
            who.require("write")
            wanted.read(form.options, form.common)
            return translate(found, who, received, form)

        try:
            reply = accept(
                request, found, own_door(), who, Task(ROUTE, intake_limits(found, who), understood, queued_reply)
            )
        except PollWanted as poll:
            return poll_reply(found, who.account.id, poll.job_id)
        job_id = json.loads(reply.get_data())["job_id"]
        wait_for(found, job_id, wanted.seconds(found))
        body = current_body(found, who.account.id, job_id)
        reply.set_data(to_json(body))
        reply.headers.update(again(body))
        return reply

    @operation(blueprint, "studio_poll", tags=TAGS, reply=BatchReply, example=REPLY_EXAMPLE, words=error_doc,
               errors=(400, 401, 403, 404, 405, 429, 500, 503), security=SECURITY,
               parameters=POLL_PARAMETERS)  # fmt: skip
    def get(self) -> Response:
        """Poll a job by `?job_id=`."""
        job_id = request.args.get("job_id", "")
        if not job_id:
            raise MethodNotAllowed("Use POST, or GET with job_id.", details={"allow": ["POST", "GET", "OPTIONS"]})
        return poll_reply(service(), caller().account.id, job_id)


@blueprint.route("/api/v1/jobs/<job_id>")
class JobView(MethodView):
    @operation(blueprint, "studio_job", tags=TAGS, reply=BatchReply, example=REPLY_EXAMPLE, words=error_doc,
               errors=(400, 401, 403, 404, 429, 500, 503), security=SECURITY)  # fmt: skip
    def get(self, job_id: str) -> Response:
        """Poll a job by its id."""
        return poll_reply(service(), caller().account.id, job_id)


also_at(blueprint, BatchView, "BatchView", "/api/v1/batch.php/", "/api/v1/batch", "/api/v1/batch/")


class Wish:
    """How long the caller wants to wait: not at all when it says so, less when it gave a webhook."""

    def __init__(self) -> None:
        self.later = "respond-async" in request.headers.get("Prefer", "").lower()
        self.webhook = False

    def read(self, options: Any, common: Any) -> None:
        try:
            self.later = parse_flag(options.get("async", False)) or self.later
        except ValueError as fault:
            raise Invalid(
                f"options[async] {fault}", field="options[async]", reason="invalid", code="invalid_option"
            ) from fault
        self.webhook = "webhook_url" in common

    def seconds(self, found: Service) -> float:
        if self.later:
            return 0.0
        return found.settings.sync_wait_webhook_seconds if self.webhook else found.settings.sync_wait_seconds


def own_door() -> Door:
    """The door that this blueprint belongs to."""
    door = service().door_of_blueprint(blueprint.name)
    assert door is not None
    return door


def queued_reply(batch: Batch, images: list[Image]) -> StoredReply:
    """What is stored with the batch for a replayed request; the view refreshes it before it is sent."""
    body = result_body(service().tools, batch, images, [])
    return StoredReply(200, {"Content-Type": "application/json"}, to_json(body))


def wait_for(found: Service, job_id: str, seconds: float) -> None:
    """Return when the job is final or the time is over. Holds no transaction and no queue slot while it waits."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with found.tools.database.read() as tx:
            if get_batch(tx, job_id).final:
                return
        time.sleep(LOOK_EVERY_S)


def current_body(found: Service, account_id: str, job_id: str) -> dict[str, Any]:
    """The job as it is now; NotFound for another account's or another dialect's."""
    with found.tools.database.read() as tx:
        try:
            batch = get_batch(tx, job_id, account_id)
        except NotFound as fault:
            raise NotFound(NO_JOB) from fault
        if batch.dialect is not Dialect.STUDIO:
            raise NotFound(NO_JOB)
        return result_body(found.tools, batch, list_images(tx, batch.id), list_artifacts(tx, batch.id))


def poll_reply(found: Service, account_id: str, job_id: str) -> Response:
    body = current_body(found, account_id, job_id)
    return json_reply(body, headers=again(body))


def again(body: Mapping[str, Any]) -> dict[str, str]:
    """When to look again, while there is something to wait for."""
    return {} if body["status"] in ("completed", "failed") else {"Retry-After": "2"}
