"""The closed vocabularies: dialects, states, pools, roles, kinds of ledger entries. One word for one thing.

Never a dialect's own word: those are translated at the border.
"""

from enum import StrEnum


class Dialect(StrEnum):
    PRINT = "print"
    STUDIO = "studio"
    SHELF = "shelf"


class BatchState(StrEnum):
    QUEUED = "queued"  # accepted, no image has started
    PROCESSING = "processing"  # some image started; packaging not finished
    COMPLETED = "completed"  # packaged, at least one image succeeded
    FAILED = "failed"  # packaged, no image succeeded
    CANCELLED = "cancelled"  # packaged after a cancel call


class ImageState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_IMAGE_STATES = (ImageState.SUCCEEDED, ImageState.FAILED, ImageState.CANCELLED)
FINAL_BATCH_STATES = (BatchState.COMPLETED, BatchState.FAILED, BatchState.CANCELLED)


class Pool(StrEnum):
    """Which workers can run an action: forking ones, or those that keep networks in memory."""

    PIXELS = "pixels"
    MODELS = "models"


class Role(StrEnum):
    """What an artifact is for."""

    PRINT = "print"
    CUTOUT = "cutout"
    MASK = "mask"
    PREVIEW = "preview"
    MOCKUP = "mockup"
    VIDEO = "video"
    LISTING_PDF = "listing_pdf"
    CUSTOMER_PDF = "customer_pdf"
    PANEL = "panel"
    REPORT = "report"
    ANNOTATED = "annotated"
    ARCHIVE = "archive"


class EntryKind(StrEnum):
    GRANT = "grant"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    ADJUST = "adjust"
