"""A second try for what failed: a new batch of a finished batch's failed images only, at their price only, from the
sources that are still kept. Never touches the first batch."""

from functools import partial

from flask import Response, request
from flask.views import MethodView

from batch_api.intake import Intake
from batch_api.print_shop import forms, schemas
from batch_api.print_shop.batches import SUBMIT_ERRORS, TAG, own_batch, worded
from batch_api.print_shop.entrance import DOOR, blueprint, described
from batch_api.print_shop.keys import SMALL_BODY
from batch_api.service import caller, service
from batch_api.submissions import Submission, Task, accept
from storage.errors import Conflict, Gone
from storage.model import Batch, Image, ImageOrder, ImageState
from storage.records import ledger


def failed_images(batch: Batch, images: list[Image]) -> list[Image]:
    """What can be tried again. Conflict while the batch runs or when nothing failed; Gone once its inputs are."""
    if not batch.final:
        raise Conflict("The batch is not finished yet.", code="not_ready", retry_after=5)
    if batch.purged_at is not None or (batch.expires_at is not None and batch.expires_at <= service().now()):
        raise Gone("The pictures of this batch were deleted at the end of their retention time.")
    failed = [image for image in images if image.state is ImageState.FAILED]
    if not failed:
        raise Conflict("None of the batch's images failed.", code="nothing_to_retry")
    return failed


def again(batch: Batch, failed: list[Image], intake: Intake) -> tuple[Intake, Submission]:
    """The same action, options and callback for the failed images."""
    return intake, Submission(
        action=batch.action,
        images=tuple(ImageOrder(image.sources, image.labels, image.callback_secret) for image in failed),
        options=batch.options,
        labels={**batch.labels, "retry_of": batch.id},
        callback_url=batch.callback_url,
        callback_secret=batch.callback_secret,
        dry_run=batch.dry_run,
    )


@blueprint.route("/v1/batch/<batch_id>/retry-failed")
class SubmitRetry(MethodView):
    @described(
        "retryFailed",
        TAG,
        *SUBMIT_ERRORS,
        404,
        410,
        status=202,
        reply=schemas.Accepted,
        parameters=forms.ONCE_HEADERS,
    )
    def post(self, batch_id: str) -> Response:
        """Try the failed images of a finished batch again

        Makes a new batch of them, priced for them alone. Nothing needs to be uploaded again within the retention time.
        """
        found, who = service(), caller()
        who.require("write")
        batch, images = own_batch(batch_id)
        failed = failed_images(batch, images)
        with found.tools.database.read() as tx:
            available = ledger.balance(tx, who.account.id).available
        task = Task(
            route=f"print:retry:{batch.id}",
            limits=SMALL_BODY,
            translate=partial(again, batch, failed),
            reply=partial(worded, found, available),
        )
        return accept(request, found, DOOR, who, task)
