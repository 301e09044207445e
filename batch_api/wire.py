"""The body as it comes off the wire: whatever a client does to it half-way (goes away, lies about its length, sends a
chunk that is none) becomes one refusal. Never holds more than the piece that was asked for."""

from flask import Request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from storage.errors import Invalid


class Wire:
    """What parsers read from in place of `request.stream`."""

    def __init__(self, request: Request) -> None:
        self._stream = request.stream

    def read(self, size: int) -> bytes:
        """At most `size` bytes, b"" at the end. Invalid(incomplete) when the body breaks off or is framed wrongly;
        werkzeug's RequestEntityTooLarge above the request's max_content_length."""
        try:
            return self._stream.read(size)
        except ClientDisconnected as fault:
            raise broken(fault) from fault
        except HTTPException:
            raise
        except Exception as fault:  # each WSGI server has an error of its own for a chunk that is none
            raise broken(fault) from fault


def broken(fault: Exception) -> Invalid:
    return Invalid("The request ended before its body was complete.", reason="incomplete", cause=fault)
