"""One child of a batch, with its files and attempts. Reads only."""

from flask import Response
from flask.views import MethodView

from batch_api.documents import also_at
from batch_api.print_shop import schemas, views
from batch_api.print_shop.entrance import blueprint, described
from batch_api.replies import json_reply
from batch_api.service import caller, service
from storage.clock import iso
from storage.errors import NotFound
from storage.model import Dialect
from storage.records import artifacts, batches, images
from storage.records.images import ImageAttempt


@blueprint.route("/v1/jobs/<job_id>")
class JobView(MethodView):
    @described("getJob", "print jobs", 404, reply=schemas.Job, aliases=("/v1/batch/{batch_id}/jobs/{job_id}",))
    def get(self, job_id: str, batch_id: str | None = None) -> Response:
        """Poll one job of a batch"""
        tools, account = service().tools, caller().account
        with tools.database.read() as tx:
            image = images.get_image(tx, job_id, account.id)
            batch = batches.get_batch(tx, image.batch_id, account.id)
            files = artifacts.list_artifacts(tx, batch.id, image.id)
            tries = images.attempts_of(tx, image.id)
        if batch.dialect is not Dialect.PRINT or (batch_id is not None and batch_id != batch.id):
            raise NotFound()
        body = views.job(tools, batch, image, files)
        return json_reply({**body, "attempt_log": [shown(each) for each in tries]})


def shown(found: ImageAttempt) -> dict[str, object]:
    """One attempt at the image, without anything about the machine it ran on."""
    return {
        "number": found.number,
        "started_at": iso(found.started_at),
        "ended_at": iso(found.finished_at) if found.finished_at else None,
        "outcome": found.outcome,
        "code": found.code,
    }


also_at(blueprint, JobView, "job", "/v1/batch/<batch_id>/jobs/<job_id>")
