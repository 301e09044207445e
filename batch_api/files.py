"""Downloads and direct uploads: the signed links of a local store, and the studio's plain result addresses. Never
lists, never guesses a type, and never shows a file that its record does not allow."""

from collections.abc import Iterator
from datetime import UTC

from flask import Response, g, redirect, request
from flask.views import MethodView
from flask_smorest import Blueprint
from werkzeug.http import http_date
from werkzeug.wsgi import wrap_file

from batch_api.documents import operation
from batch_api.replies import json_reply
from batch_api.service import Service, service
from batch_api.wire import Wire
from jobs.links import link_seconds
from jobs.tools import link_key_id, link_keys
from storage.errors import Conflict, Forbidden, Gone, NotFound, TooLarge
from storage.model import Artifact, Batch, Dialect
from storage.objects import InvalidKey, ObjectMissing, ObjectStore
from storage.objects.disposition import content_disposition
from storage.objects.ranges import RangeUnsatisfiable, parse_range
from storage.objects.signing import LinkExpired, LinkInvalid, LinkSigner, SignedLink
from storage.records import artifacts, batches, uploads

PIECE = 1 << 20
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"

blueprint = Blueprint("files", __name__, description="Signed downloads and direct uploads.")


def signer(found: Service) -> LinkSigner:
    """The signer of this installation's links; the same keys as the local store's."""
    return LinkSigner(link_keys(found.settings), link_key_id(found.settings.secret_key))


def verified(method: str, key: str) -> SignedLink:
    """What the present link allows; Forbidden when it was changed or is over. S3 links never come here."""
    found = service()
    try:
        return signer(found).verify(method, key, request.args.to_dict(), found.now())
    except LinkExpired as fault:
        raise Forbidden("This link has expired.", code="link_expired", cause=fault) from fault
    except (LinkInvalid, ValueError) as fault:
        raise Forbidden("This link is not valid.", code="link_invalid", cause=fault) from fault


@blueprint.route("/files/<path:key>")
class Files(MethodView):
    @operation(blueprint, "downloadFile", tags=["files"], public=True, errors=(400, 403, 404, 416), binary=True)
    def get(self, key: str) -> Response:
        """Download a file by its signed link

        The link comes from a reply or a webhook and carries its own permission; no key is needed. Ranges are served.
        """
        link = verified(request.method, key)
        return send_object(link.key, link.filename, link.content_type, link.inline)

    @operation(blueprint, "uploadFile", tags=["files"], public=True, errors=(400, 403, 409, 413), status=201,
               raw_body=True)  # fmt: skip
    def put(self, key: str) -> Response:
        """Send one file to the address of an upload slot

        Send exactly the headers that the slot named. The body may not be longer than the length declared there.
        """
        link = verified("PUT", key)
        with service().tools.database.read() as tx:
            if uploads.staging_referenced(tx, key):
                raise Conflict("This upload already belongs to a batch.", code="upload_used")
        return receive_object(link)


@blueprint.route("/output/<batch_id>/<filename>")
class Output(MethodView):
    @operation(blueprint, "downloadResult", tags=["files"], public=True, errors=(400, 404, 410, 416), binary=True)
    def get(self, batch_id: str, filename: str) -> Response:
        """Download one result of a studio job

        The job id is the permission: it has 130 random bits. 410 once the retention time is over.
        """
        found = service()
        if found.settings.studio_signed_output:
            raise NotFound()
        with found.tools.database.read() as tx:
            batch = batches.get_batch(tx, batch_id)
            artifact = artifacts.by_filename(tx, batch_id, filename)
        if batch.dialect is not Dialect.STUDIO or artifact is None:
            raise NotFound()
        return send_result(found, batch, artifact)


def send_result(found: Service, batch: Batch, artifact: Artifact) -> Response:
    """The bytes themselves from a folder, a fresh signed link from a bucket."""
    seconds = link_seconds(found.tools, batch)
    if batch.purged_at is not None or not seconds:
        raise Gone()
    store = found.tools.objects
    if found.settings.object_store == "local":
        return send_object(artifact.key, artifact.filename, artifact.content_type, inline=True, etag=artifact.sha256)
    link = store.url(
        artifact.key, ttl_s=seconds, filename=artifact.filename, content_type=artifact.content_type, inline=True
    )
    return redirect(link, 302)  # type: ignore[return-value]


def send_object(key: str, filename: str, content_type: str, inline: bool, etag: str = "") -> Response:
    """200, 206 or 304 with the object's bytes, streamed in pieces of 1 MiB. NotFound when nothing lies there."""
    store = service().tools.objects
    try:
        stat = store.stat(key)
        reply = Response(content_type=content_type or "application/octet-stream")
        reply.headers["Content-Disposition"] = content_disposition(filename, inline)
        reply.headers["Content-Security-Policy"] = SANDBOX
        reply.headers["Cache-Control"] = "private, max-age=300"
        reply.headers["Accept-Ranges"] = "bytes"
        reply.headers["Last-Modified"] = http_date(stat.modified.astimezone(UTC))
        reply.set_etag(etag or f"{stat.bytes:x}-{int(stat.modified.timestamp() * 1000):x}")
        reply.content_length = stat.bytes
        if request.if_none_match.contains(reply.get_etag()[0] or ""):
            reply.status_code = 304
            return reply
        return fill(reply, key, stat.bytes)
    except (ObjectMissing, InvalidKey) as fault:
        raise NotFound("This file is not there any more.") from fault


def fill(reply: Response, key: str, size: int) -> Response:
    """Put the asked range, or all, into the reply; a HEAD gets the headers only."""
    try:
        part = parse_range(request.headers.get("Range"), size) if request.headers.get("If-Range") is None else None
    except RangeUnsatisfiable:
        reply.status_code = 416
        reply.headers["Content-Range"] = f"bytes */{size}"
        reply.content_length = 0
        return reply
    start, end = part or (0, size)
    if part:
        reply.status_code = 206
        reply.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    reply.content_length = end - start
    if request.method == "HEAD":
        return reply
    path = service().tools.objects.local_path(key)
    if path is not None and not part:
        # The server's own file wrapper uses sendfile, and closes the file when the client has gone.
        reply.response = wrap_file(request.environ, path.open("rb"), PIECE)
        reply.direct_passthrough = True
    else:
        reply.response = pieces(service().tools.objects, key, start, end)
    return reply


def pieces(store: ObjectStore, key: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes [start, end) of an object; read after the view has returned, so nothing of the request is used."""
    with store.read(key, start, end) as stream:
        left = end - start
        while left > 0 and (piece := stream.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def longer_than_declared(link: SignedLink) -> TooLarge:
    return TooLarge(
        f"The body is longer than the {link.max_bytes} bytes declared for this upload.",
        details={"max_bytes": link.max_bytes},
    )


def receive_object(link: SignedLink) -> Response:
    """Store the body under the link's key; a body above the declared length leaves nothing."""
    if (request.content_length or 0) > link.max_bytes:
        raise longer_than_declared(link)
    request.max_content_length = link.max_bytes + 1
    taken, wire = 0, Wire(request)
    with service().tools.objects.writer(link.key, content_type=link.content_type) as out:
        while piece := wire.read(PIECE):
            taken += len(piece)
            if taken > link.max_bytes:
                raise longer_than_declared(link)
            out.write(piece)
        if request.content_length is not None and taken != request.content_length:
            raise Conflict("The upload was cut short.", code="incomplete")
    g.received_bytes = out.stored.bytes
    return json_reply({"bytes": out.stored.bytes, "sha256": out.stored.sha256}, 201)
