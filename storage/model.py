"""The nouns: what an account, batch, image, artifact, ledger entry, event and delivery are. No I/O, no behaviour
beyond what can be derived from a noun itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.post import Attempt, Delivery, Endpoint, Message
from storage.words import (
    FINAL_BATCH_STATES,
    FINAL_IMAGE_STATES,
    BatchState,
    Dialect,
    EntryKind,
    ImageState,
    Pool,
    Role,
)

__all__ = [
    "Account",
    "ApiKey",
    "Artifact",
    "Attempt",
    "Balance",
    "Batch",
    "BatchState",
    "Delivery",
    "Dialect",
    "Endpoint",
    "EntryKind",
    "FINAL_BATCH_STATES",
    "FINAL_IMAGE_STATES",
    "Image",
    "ImageOrder",
    "ImageState",
    "Lease",
    "LedgerEntry",
    "Message",
    "Order",
    "Plan",
    "Pool",
    "Quote",
    "Role",
    "Source",
    "Upload",
]


@dataclass(frozen=True)
class Plan:
    """A row of storage/records/plans.py: what an account on this plan may do."""

    tier: str
    max_batch_size: int
    monthly_credits: int
    analyses_per_minute: int
    reads_per_minute: int
    writes_per_minute: int
    images_per_turn: int  # of the turns by which accounts share the workers


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    merchant_id: str  # "merchant_" + digits; the studio dialect's second credential
    plan: str
    created_at: datetime
    suspended_at: datetime | None = None
    unlimited: bool = False  # credits are recorded but never refused
    webhook_secret: str | None = None  # whsec_…; signs callbacks that bring no secret of their own


@dataclass(frozen=True)
class ApiKey:
    id: str
    account_id: str
    dialect: Dialect
    role: str  # "read" < "write" < "admin"
    name: str
    hint: str  # the first characters, safe to show
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    test: bool = False  # a sk_test_ / sf_test_ key: same work, no charge


@dataclass(frozen=True)
class Balance:
    available: int
    held: int
    spent: int
    granted: int


@dataclass(frozen=True)
class LedgerEntry:
    id: str
    account_id: str
    kind: EntryKind
    amount: int
    ref: str
    batch_id: str | None
    actor: str
    reason: str
    created_at: datetime
    available_after: int
    held_after: int


@dataclass(frozen=True)
class Source:
    """Where an image's bytes come from: an object already in staging, or an address a worker will fetch.

    `kind` is "upload" (key is set), "url" or "data" (url is set). bytes/sha256/crc32 are known for uploads only.
    """

    kind: str
    filename: str
    key: str | None = None
    url: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    crc32: int | None = None
    role: str = "input"


@dataclass(frozen=True)
class Quote:
    """A price: what each image costs, what the batch costs on top, and the rule that prices the batch part again
    when some images fail (clipart: 29 for five, 10 per further started five)."""

    per_image: int
    per_batch: int = 0
    rule: Mapping[str, Any] = field(default_factory=dict)

    def total(self, images: int) -> int:
        return self.per_image * images + self.per_batch


@dataclass(frozen=True)
class ImageOrder:
    """One unit of work: usually one source; several for actions that compose."""

    sources: tuple[Source, ...]
    labels: Mapping[str, Any] = field(default_factory=dict)  # dialect's echo: externalId, metadata, placeId, title …
    callback_secret: str | None = None  # shelf: one per analysis


@dataclass(frozen=True)
class Order:
    """A neutral submission: what every dialect's request is translated into."""

    account_id: str
    dialect: Dialect
    action: str  # a name of jobs.actions.CATALOGUE
    pool: Pool
    images: tuple[ImageOrder, ...]
    quote: Quote
    options: Mapping[str, Any] = field(default_factory=dict)  # parsed and canonical
    labels: Mapping[str, Any] = field(default_factory=dict)  # batch-level echo: client_job_id, client_ref …
    callback_url: str | None = None
    callback_secret: str | None = None
    warnings: tuple[str, ...] = ()
    request_id: str = ""
    dry_run: bool = False
    charge: bool = True  # False: a test key or a dry run; priced at zero


@dataclass(frozen=True)
class Batch:
    id: str
    account_id: str
    dialect: Dialect
    action: str
    pool: Pool
    state: BatchState
    total: int
    pending: int
    succeeded: int
    failed: int
    cancelled: int
    options: Mapping[str, Any]
    labels: Mapping[str, Any]
    quote: Quote
    credits_held: int  # at submit
    credits_charged: int  # so far; final once the batch is final
    callback_url: str | None
    callback_secret: str | None
    warnings: tuple[str, ...]
    request_id: str
    dry_run: bool
    created_at: datetime
    deadline_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None  # when links die and artifacts are deleted
    purged_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    plan: str = ""  # the account's when it was submitted

    @property
    def running(self) -> int:
        """Images that are not final yet."""
        return self.pending

    @property
    def final(self) -> bool:
        return self.state in FINAL_BATCH_STATES

    @property
    def partial(self) -> bool:
        return self.final and self.succeeded > 0 and self.succeeded < self.total


@dataclass(frozen=True)
class Image:
    id: str
    batch_id: str
    account_id: str
    index: int
    state: ImageState
    pool: Pool
    sources: tuple[Source, ...]
    labels: Mapping[str, Any]
    price: int
    attempts: int
    created_at: datetime
    callback_secret: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    not_before: datetime | None = None  # back-off after a transient fault
    lease_until: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)  # the action's facts: method, sizes, products, warnings …

    @property
    def final(self) -> bool:
        return self.state in FINAL_IMAGE_STATES


@dataclass(frozen=True)
class Lease:
    """The right to work on one image or one batch's packaging until `until`. The token is the fence."""

    token: str
    until: datetime


@dataclass(frozen=True)
class Artifact:
    id: str
    batch_id: str
    image_id: str | None  # None: belongs to the batch (archive, contact sheet)
    role: Role
    position: int  # order within the image or batch
    filename: str  # what the customer sees; sanitised
    archive_name: str  # its path inside the ZIP, "" when it is not in it
    key: str
    content_type: str
    bytes: int
    sha256: str
    crc32: int
    width: int | None
    height: int | None
    dpi: int | None
    facts: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class Upload:
    """A direct upload slot: created, then filled by a signed PUT, then referred to by a batch."""

    id: str
    account_id: str
    key: str
    filename: str
    max_bytes: int
    created_at: datetime
    expires_at: datetime
