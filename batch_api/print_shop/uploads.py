"""Direct uploads: a slot with a signed address, for large batches and proxies with small body limits. The bytes never
pass through a submission; a batch names the slot by `upload_ids`."""

import mimetypes

from flask import Response, request
from flask.views import MethodView
from sqlalchemy import Connection

from batch_api.once import Made, once
from batch_api.print_shop import forms, schemas
from batch_api.print_shop.entrance import DOOR, blueprint, described
from batch_api.print_shop.keys import small_body, text_field
from batch_api.service import caller, service
from batch_api.upload_slots import clean_name, declared_bytes, open_slot
from storage.clock import iso


@blueprint.route("/v1/uploads")
class UploadsView(MethodView):
    @described(
        "createUpload",
        "print uploads",
        400,
        409,
        413,
        status=201,
        reply=schemas.UploadSlot,
        body=forms.upload_body(),
        parameters=forms.ONCE_HEADERS,
    )
    def post(self) -> Response:
        """Get an address to send one file to

        PUT the file to `url` with exactly `headers` within the hour, then name `upload_id` in `upload_ids` of a batch.
        """
        found, who = service(), caller()
        who.require("write")
        fields = small_body()
        name = clean_name(text_field(fields, "filename", longest=400, default="image"), "image")
        size = declared_bytes(fields.get("bytes", fields.get("size")), found.settings.max_file_bytes)
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = text_field(fields, "content_type", longest=100, default=guessed)

        def make(tx: Connection) -> Made:
            slot, ticket = open_slot(found, tx, who, filename=name, max_bytes=size, content_type=kind)
            return Made(
                {
                    "upload_id": slot.id,
                    "id": slot.id,
                    "method": ticket.method,
                    "url": ticket.url,
                    "headers": dict(ticket.headers),
                    "max_bytes": slot.max_bytes,
                    "expires_at": iso(slot.expires_at),
                }
            )

        return once(request, found, DOOR, who, "print:uploads", fields, make)
