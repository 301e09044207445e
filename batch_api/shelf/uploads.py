"""Direct uploads of the shelf: a slot with a signed address for a photo that has no public one. An analysis names it
as `upload:<id>`; the bytes never pass through a submission."""

import mimetypes

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import Connection

from batch_api.once import Made, once
from batch_api.service import caller, service
from batch_api.shelf import documents, schemas
from batch_api.shelf.analyses import own_door
from batch_api.shelf.bodies import small_body
from batch_api.shelf.describing import WRITE, described
from batch_api.shelf.fields import read_text
from batch_api.upload_slots import clean_name, declared_bytes, open_slot
from storage.clock import iso

blueprint = Blueprint("shelf-uploads", __name__, description="Photos sent directly.")


@blueprint.route("/api/v1/uploads")
class Uploads(MethodView):
    @described(
        blueprint,
        "shelf_upload_create",
        schemas.Upload,
        documents.UPLOAD,
        status=201,
        body=documents.UPLOAD_BODY,
        parameters=documents.IDEMPOTENCY,
        errors=WRITE,
    )
    def post(self) -> Response:
        """Get an address to send one photo to

        Send the file to `url` with `method` and exactly `headers` within the hour; then `imageUrl` is `upload:<id>`.
        """
        found, who = service(), caller()
        who.require("write")
        body = small_body("filename", "bytes", "contentType")
        name = clean_name(read_text(body, "filename", "") or "shelf photo", "shelf photo")
        size = declared_bytes(body.get("bytes"), found.settings.max_file_bytes)
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = read_text(body, "contentType", "", limit=100) or guessed

        def make(tx: Connection) -> Made:
            slot, ticket = open_slot(found, tx, who, filename=name, max_bytes=size, content_type=kind)
            shown = {
                "id": slot.id,
                "method": ticket.method,
                "url": ticket.url,
                "headers": dict(ticket.headers),
                "maxBytes": slot.max_bytes,
                "expiresAt": iso(slot.expires_at),
            }
            return Made({"data": shown})

        return once(request, found, own_door(), who, "shelf:uploads", dict(body), make)
