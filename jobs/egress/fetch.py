"""Fetches one source picture into a file, from a URL or a `data:` URI, for the workers.

Never decodes a picture (its first bytes only are looked at), never trusts Content-Type, never leaves a partial file
behind, and never tells a customer what answered inside the network.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes, urljoin

from jobs.egress.safe_http import Answer, Wire, open_checked
from jobs.egress.urls import NOT_PUBLIC, CheckedUrl, EgressPolicy, UrlRefused, check_url
from jobs.egress.watch import EgressFault, Kind, Limits
from jobs.imaging.header import sniff
from storage.errors import ImageFault

MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_LATER = (408, 425, 429)
_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*?);base64,", re.IGNORECASE)
_BASE64_BLOCK = 4 * 16 * 1024
_HEAD = 4096

_MEDIA = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
}


class SourceFault(ImageFault):
    """A source that can't be had. `code` is stable, `public` a sentence for the customer, `retryable` whether another
    attempt may help (429 of a picture's server is, other 4xx are not); `cause` is for the operator's log only."""

    def __init__(self, code: str, public: str, *, retryable: bool | None = None, cause: object = None) -> None:
        super().__init__(code, public, cause=cause)
        if retryable is not None:
            self.retryable = retryable


@dataclass(frozen=True)
class Fetched:
    """A source in a file: its size, digests, media type by content, and where it came from in the end."""

    bytes: int
    sha256: str
    crc32: int
    content_type: str
    final_url: str


@dataclass(frozen=True)
class Fetching:
    """How to fetch: the client's name, time and speed limits (max_bytes is given per call), resolver, clock, trust."""

    user_agent: str = "Darkroom/1.0"
    limits: Limits = Limits()
    wire: Wire = Wire()


def fetch_image(
    url: str, destination: Path, *, policy: EgressPolicy, max_bytes: int, fetching: Fetching | None = None
) -> Fetched:
    """Writes the picture behind `url` to `destination` (made new, replaced when there).

    Raises SourceFault; codes: source_url_refused, source_http_404, source_http_4xx, source_http_5xx, source_timeout,
    source_unreachable, source_too_large, source_empty, source_not_image, source_cut, source_redirects.
    """
    fetching = fetching or Fetching()
    if url[:5].lower() == "data:":
        media, blocks = _data_blocks(url, max_bytes)
        return _write(destination, blocks, f"data:{media}")
    limits = replace(fetching.limits, max_bytes=max_bytes)
    deadline = fetching.wire.clock() + limits.total_seconds
    target = _checked(url, policy)
    headers = {"User-Agent": fetching.user_agent, "Accept": "image/*,*/*;q=0.1"}
    for _ in range(MAX_REDIRECTS + 1):
        try:
            with open_checked(
                "GET", target, policy, headers=headers, limits=limits, wire=fetching.wire, deadline=deadline
            ) as answer:
                if answer.status not in _REDIRECTS:
                    _judge_status(answer.status)
                    return _write(destination, answer.chunks(), target.url)
                target = _next_hop(target, answer, policy)
        except EgressFault as fault:
            raise _source_fault(fault, max_bytes) from fault
    raise SourceFault("source_redirects", f"The URL redirects more than {MAX_REDIRECTS} times.")


def _checked(url: str, policy: EgressPolicy) -> CheckedUrl:
    try:
        return check_url(url, policy, "image")
    except UrlRefused as fault:
        raise SourceFault("source_url_refused", fault.public) from fault


def _next_hop(target: CheckedUrl, answer: Answer, policy: EgressPolicy) -> CheckedUrl:
    location = answer.headers.get("location", "").strip()
    if not location:
        raise SourceFault("source_redirects", "The URL redirects to nowhere.")
    try:
        # Header bytes reach us as Latin-1; most servers that send more than ASCII mean UTF-8.
        location = location.encode("latin-1").decode("utf-8")
        joined = urljoin(target.url, location)
    except ValueError as fault:
        raise SourceFault("source_redirects", "The URL redirects to something that is no URL.") from fault
    hop = _checked(joined, policy)
    if target.scheme == "https" and hop.scheme != "https":
        raise SourceFault("source_redirects", "The URL redirects from https to http.")
    return hop


def _judge_status(status: int) -> None:
    if status == 404:
        raise SourceFault("source_http_404", "The server says that there is no such picture (404).")
    if status >= 500:
        raise SourceFault("source_http_5xx", f"The server of the picture failed ({status}).")
    if status != 200:
        code = "source_http_4xx" if status >= 400 else "source_empty"
        later = True if status in _LATER else None
        raise SourceFault(code, f"The server did not give the picture ({status}).", retryable=later)


def _source_fault(fault: EgressFault, max_bytes: int) -> SourceFault:
    told: dict[Kind, tuple[str, str]] = {
        "refused": ("source_url_refused", NOT_PUBLIC),
        "timeout": ("source_timeout", "The server of the picture was too slow."),
        "unreachable": ("source_unreachable", "The server of the picture could not be reached."),
        "tls": ("source_unreachable", "The certificate of the picture's server could not be verified."),
        "bad_answer": ("source_unreachable", "The server of the picture gave no proper answer."),
        "too_large": ("source_too_large", f"The picture is larger than {max_bytes} bytes."),
        "cut": ("source_cut", "The picture broke off before its end."),
        "encoding": ("source_not_image", "The server sent a compressed transfer instead of the picture itself."),
    }
    code, public = told[fault.kind]
    return SourceFault(code, public, cause=fault.detail)


def _data_blocks(url: str, max_bytes: int) -> tuple[str, Iterator[bytes]]:
    """Media type as claimed and decoded blocks of a base64 `data:` URI (RFC 2397); percent signs, white space and the
    URL-safe alphabet are taken as well."""
    match = _DATA.match(url[:256])
    if match is None:
        raise SourceFault("source_url_refused", "A data: URI must be base64.")
    text = b"".join(unquote_to_bytes(url[match.end() :]).translate(bytes.maketrans(b"-_", b"+/")).split()).rstrip(b"=")
    if len(text) * 3 // 4 > max_bytes:
        raise SourceFault("source_too_large", f"The picture is larger than {max_bytes} bytes.")

    def blocks() -> Iterator[bytes]:
        for start in range(0, len(text), _BASE64_BLOCK):
            part = text[start : start + _BASE64_BLOCK]
            try:
                yield base64.b64decode(part + b"=" * (-len(part) % 4), validate=True)
            except binascii.Error as fault:
                raise SourceFault("source_not_image", "The data: URI is not valid base64.") from fault

    return match[1].lower(), blocks()


def _write(destination: Path, blocks: Iterable[bytes], final_url: str) -> Fetched:
    """Writes the blocks, hashing on the way; the file is gone again when anything fails."""
    try:
        with destination.open("wb") as file:
            return _write_open(file, blocks, final_url)
    except BaseException:
        destination.unlink(missing_ok=True)
        raise


def _write_open(file: BinaryIO, blocks: Iterable[bytes], final_url: str) -> Fetched:
    digest, crc, total, head, media = hashlib.sha256(), 0, 0, b"", ""
    for block in blocks:
        if not media:
            head += block[:_HEAD]
            media = _media_type(head) if len(head) >= _HEAD else ""
        file.write(block)
        digest.update(block)
        crc = zlib.crc32(block, crc)
        total += len(block)
    if total == 0:
        raise SourceFault("source_empty", "The picture is empty.")
    return Fetched(total, digest.hexdigest(), crc, media or _media_type(head), final_url)


def _media_type(head: bytes) -> str:
    """Media type by content; pictures in formats that no job takes pass, so that the decoder can name the format."""
    kind = sniff(head)
    if kind is not None:
        return _MEDIA.get(kind, "application/octet-stream")
    if re.match(rb"\s*<(?:!doctype|html|head|body|script)", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        raise SourceFault("source_not_image", "The URL leads to a web page, not to a picture.")
    raise SourceFault("source_not_image", "The content is not a picture.")
