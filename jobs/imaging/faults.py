"""The faults of the imaging room: one class per documented code, each with one sentence a customer may read.

Never holds file names, addresses or library messages in its public sentence.
"""


class ImagingFault(Exception):
    """A picture could not be worked on. `code` is stable and documented; `public` is one sentence for the customer."""

    code: str = "imaging_failed"
    public: str = "The image could not be processed."

    def __init__(self, public: str | None = None) -> None:
        if public is not None:
            self.public = public
        super().__init__(self.public)


class SourceEmpty(ImagingFault):
    """Zero bytes."""

    code = "source_empty"
    public = "The file is empty."


class FileTooLarge(ImagingFault):
    """More encoded bytes than the limit."""

    code = "file_too_large"
    public = "The file is larger than allowed."


class UnsupportedFormat(ImagingFault):
    """A picture, but of a format that this kind of job does not take."""

    code = "unsupported_format"
    public = "This image format is not supported."


class NotAnImage(UnsupportedFormat):
    """No picture format was recognised in the bytes."""

    code = "not_an_image"
    public = "The file is not an image."


class CorruptImage(ImagingFault):
    """The bytes begin like a picture but do not decode to the end."""

    code = "corrupt_image"
    public = "The image is damaged or incomplete and could not be read."


class ImageTooLarge(ImagingFault):
    """More pixels, or a longer side, than the limit."""

    code = "image_too_large"
    public = "The image has more pixels than allowed."


class ImageTooSmall(ImagingFault):
    """The shorter side is under the minimum."""

    code = "image_too_small"
    public = "The image is smaller than the minimum size."


class ResourceLimitExceeded(ImagingFault):
    """A decoder ran out of the memory that one image may use."""

    code = "resource_limit_exceeded"
    public = "The image needs more memory than one image may use."


class OutputTooLarge(ImagingFault):
    """The wanted output does not fit the limit on its pixels or bytes."""

    code = "output_too_large"
    public = "The requested output is larger than allowed."


class NoSubject(ImagingFault):
    """The picture shows nothing that stands out as a subject."""

    code = "no_subject"
    public = "No subject was found in the image."
