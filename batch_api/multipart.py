"""A multipart body, read piece by piece: files go to staging as they come, texts are kept within bounds. Every limit
holds while the body streams in, so what is too large is refused without being read to its end.

Never touches `request.files`, which would write every byte twice.
"""

from dataclasses import dataclass

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from batch_api import refusals
from batch_api.staging import Staging
from batch_api.wire import Wire
from storage.errors import Invalid, ServiceError, TooLarge

READ_BYTES = 1 << 20
SPARE_PARTS = 64


@dataclass(frozen=True)
class IntakeLimits:
    """What a request may hold. `refusal` is raised for the file after the last allowed one, in the dialect's words."""

    files: int
    file_bytes: int
    request_bytes: int
    field_bytes: int = 64 << 10
    text_bytes: int = 32 << 20  # all texts together, data: addresses included
    fields: int = 1000
    refusal: ServiceError | None = None

    def field_limit(self, head: bytes) -> int:
        """A text that is a data: address may be as long as the file it stands for."""
        return self.file_bytes * 4 // 3 + 256 if head[:5].lower() == b"data:" else self.field_bytes

    def too_many_files(self) -> ServiceError:
        return self.refusal or TooLarge(
            f"At most {self.files} files may be sent in one request.",
            code="too_many_parts",
            details={"max": self.files},
        )

    def file_too_large(self, field: str) -> ServiceError:
        return refusals.file_too_large(self.file_bytes, field)


class _Texts:
    """The text fields of a request, counted as they grow."""

    def __init__(self, limits: IntakeLimits) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._limits, self._total = limits, 0
        self._name, self._value = "", bytearray()

    def begin(self, name: str) -> None:
        self._name, self._value = name, bytearray()

    def write(self, piece: bytes) -> None:
        self._value += piece
        self._total += len(piece)
        most = self._limits.field_limit(bytes(self._value[:5]))
        if len(self._value) > most or self._total > self._limits.text_bytes:
            raise refusals.text_too_long(min(most, self._limits.text_bytes), self._name)

    def end(self) -> None:
        self.pairs.append((self._name, decode_text(self._name, bytes(self._value))))


class _Files:
    """The file parts of a request, counted while they pass to staging."""

    def __init__(self, limits: IntakeLimits, staging: Staging) -> None:
        self._limits, self._staging = limits, staging
        self._count, self._bytes, self._field = 0, 0, ""

    def begin(self, field: str, filename: str) -> None:
        self._bytes, self._field = 0, field
        if filename:
            self._count_one()
        self._counted = bool(filename)
        self._staging.begin(field, filename)

    def write(self, piece: bytes) -> None:
        if not self._counted:
            self._count_one()
            self._counted = True
        self._bytes += len(piece)
        if self._bytes > self._limits.file_bytes:
            raise self._limits.file_too_large(self._field)
        self._staging.write(piece)

    def end(self) -> None:
        self._staging.end()

    def _count_one(self) -> None:
        self._count += 1
        if self._count > self._limits.files:
            raise self._limits.too_many_files()


def read_multipart(
    stream: Wire, boundary: str, length: int | None, limits: IntakeLimits, staging: Staging
) -> list[tuple[str, str]]:
    """Read the body to its end; the text fields in order of arrival. Invalid, TooLarge; the caller abandons staging."""
    texts, files = _Texts(limits), _Files(limits, staging)
    taker: _Texts | _Files = texts
    try:
        with PushMultipartParser(
            boundary,
            content_length=-1 if length is None else length,
            max_segment_count=limits.files + SPARE_PARTS,
        ) as parser:
            while not parser.closed:
                for event in parser.parse(stream.read(READ_BYTES)):
                    if isinstance(event, MultipartSegment):
                        taker = texts if event.filename is None else files
                        if event.filename is None:
                            texts.begin(event.name)
                        else:
                            files.begin(field_name(event.name), file_name(event.name, event.filename))
                    elif event is None:
                        taker.end()
                    else:
                        taker.write(event)
    except ParserLimitReached as fault:
        raise TooLarge("The form has too many or too long parts.", code="too_many_parts", cause=fault) from fault
    except MultipartError as fault:
        raise Invalid("The multipart body is broken or incomplete.", reason="malformed", cause=fault) from fault
    return texts.pairs


def field_name(name: str) -> str:
    """The name of a file's field as far as PHP reads it: a NUL ends it."""
    return name.partition("\0")[0]


def file_name(field: str, name: str) -> str:
    """A file's name as it was sent, or Invalid for one with a NUL, which no database and no file system could hold."""
    if "\0" in name:
        raise Invalid("File names may not contain NUL.", field=field_name(field)[:100], reason="nul")
    return name


def decode_text(name: str, raw: bytes) -> str:
    """UTF-8 without NUL, or Invalid naming the field."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Invalid("Texts must be UTF-8.", field=name[:100], reason="encoding") from fault
    if "\0" in text:
        raise Invalid("Texts may not contain NUL.", field=name[:100], reason="nul")
    return text
