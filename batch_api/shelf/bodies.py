"""The JSON body of a small request of the shelf, read within bounds. Never reads a form: this dialect speaks JSON."""

from collections.abc import Mapping
from typing import Any

from flask import request

from batch_api.intake import IntakeLimits, receive
from batch_api.service import service
from batch_api.shelf.fields import read_object, refuse_unknown
from storage.errors import UnsupportedMedia

SMALL = IntakeLimits(files=0, file_bytes=0, request_bytes=64 << 10, text_bytes=64 << 10)


def small_body(*names: str) -> Mapping[str, Any]:
    """The object that was sent; it may have these members and no other. Invalid, TooLarge, UnsupportedMedia."""
    received = receive(request, service().tools, SMALL)
    if received.document is None and request.content_length:
        raise UnsupportedMedia("Send application/json.")
    return refuse_unknown(read_object({} if received.document is None else received.document), names)
