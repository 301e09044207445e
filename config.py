"""Every setting as a row: name, type, default, one line of help, secret or not. The only module that reads the
environment; all faults are reported at once. Nothing is read at import: call `Settings.from_env()`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
PROXY = re.compile(r"http://(?:[^@/:]+:[^@/]*@)?[^@/]+:[0-9]{1,5}/?")


@dataclass(frozen=True)
class Row:
    """One setting. `kind` is str, int, float, bool, path or list (comma separated)."""

    name: str
    kind: str
    default: Any
    help: str
    secret: bool = False


ROWS = (
    Row(
        "BASE_URL",
        "str",
        "http://127.0.0.1:8000",
        "Public address of the service; links and replies are built from it.",
    ),
    Row("HOST", "str", "127.0.0.1", "Address the web server binds to."),
    Row("PORT", "int", 8000, "Port the web server binds to."),
    Row("DATA_DIR", "path", "var", "Folder for the database, local objects, the embedded queue server and logs."),
    Row("MODELS_DIR", "path", ".models", "Folder of the networks fetched by scripts/fetch-models."),
    Row("DATABASE_URL", "str", "", "SQLAlchemy URL; empty means SQLite in DATA_DIR."),
    Row("REDIS_URL", "str", "", "Queue server; empty means scripts/serve starts an embedded one in DATA_DIR."),
    Row(
        "SECRET_KEY",
        "str",
        "",
        "Signs links and seals webhook secrets; at least 32 characters. scripts/serve makes one.",
        True,
    ),
    Row("SECRET_KEY_PREVIOUS", "str", "", "The key before a rotation; links signed with it stay valid.", True),
    Row(
        "JWT_SECRET",
        "str",
        "",
        "HS256 secret of dashboard session tokens accepted by the print dialect; empty: none.",
        True,
    ),
    Row("LOG_LEVEL", "str", "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Row("LOG_FORMAT", "str", "json", "json or text."),
    Row("WEB_WORKERS", "int", 1, "gunicorn processes."),
    Row("WEB_THREADS", "int", 32, "Threads per gunicorn process; a waiting studio request holds one."),
    Row("PIXEL_WORKERS", "int", 1, "Forking image workers (print files, clip-art)."),
    Row("MODEL_WORKERS", "int", 1, "Image workers that keep networks loaded (cut-outs, upscaling, text)."),
    Row("MODEL_THREADS", "int", 2, "Threads per network session."),
    Row("MODEL_JOBS", "int", 200, "Jobs after which a model worker is replaced by a fresh process."),
    Row(
        "CUTOUT_MODEL",
        "str",
        "u2net",
        "Network for cut-outs: u2net, u2netp, or a file in MODELS_DIR (CUTOUT_MODEL_KIND).",
    ),
    Row(
        "CUTOUT_MODEL_KIND",
        "str",
        "auto",
        "How a cut-out network of one's own is fed: auto (by its name and input), u2net, isnet or birefnet.",
    ),
    Row("OBJECT_STORE", "str", "local", "local or s3."),
    Row("S3_ENDPOINT", "str", "", "S3-compatible endpoint, for example of R2; empty for the provider's default."),
    Row("S3_BUCKET", "str", "", "Bucket for uploads, results and archives."),
    Row("S3_REGION", "str", "auto", "Region name."),
    Row("S3_ACCESS_KEY_ID", "str", "", "Access key.", True),
    Row("S3_SECRET_ACCESS_KEY", "str", "", "Secret access key.", True),
    Row("S3_ADDRESSING", "str", "path", "path or virtual."),
    Row("LINK_HOURS", "int", 24, "Life of signed links and of print and shelf files after completion."),
    Row("STUDIO_RETENTION_HOURS", "int", 168, "Life of studio results after completion."),
    Row(
        "STUDIO_SIGNED_OUTPUT",
        "bool",
        False,
        "Put a signature on studio output addresses; off, the id itself is unguessable.",
    ),
    Row("BATCH_DEADLINE_HOURS", "int", 24, "Images not done by then fail and their credits return."),
    Row("MAX_FILE_MB", "int", 20, "Largest single image file."),
    Row("MAX_REQUEST_MB", "int", 4100, "Largest request body."),
    Row("MAX_PIXELS_MP", "int", 100, "Largest decoded input in megapixels."),
    Row("PRINT_MAX_BATCH", "int", 50, "Images per print batch."),
    Row("STUDIO_MAX_BATCH", "int", 200, "Images per studio request, further bound by the account's plan."),
    Row("PRINT_QUEUE_CAP", "int", 200, "Queued images per account before print submissions get 429 queue_full."),
    Row("QUEUE_CAP", "int", 20000, "Queued images in the whole installation before submissions get 503 overloaded."),
    Row("DISK_FLOOR_MB", "int", 512, "Free disk below which submissions get 503 overloaded."),
    Row("IMAGE_SECONDS", "int", 300, "Wall-clock limit of one image, enforced inside C code too."),
    Row("IMAGE_MEMORY_MB", "int", 4096, "Address space one forked image may use beyond what its worker holds."),
    Row("MEMORY_BUDGET_MB", "int", 8192, "Estimated memory of all images running at once on this machine."),
    Row("LEASE_SECONDS", "int", 60, "Lease on an image or a packaging; renewed every quarter of it."),
    Row("SWEEP_SECONDS", "float", 5.0, "Pause between two passes of the sweep."),
    Row("SYNC_WAIT_SECONDS", "float", 25.0, "How long a studio request waits for its result (100 at most)."),
    Row("SYNC_WAIT_WEBHOOK_SECONDS", "float", 5.0, "The same when a webhook address was given."),
    Row("EGRESS_ALLOW", "list", "", "Private host:port pairs that fetches and webhooks may reach; for development."),
    Row("EGRESS_PROXY", "str", "", "Proxy for fetches and webhooks; may hold a password.", True),
    Row("ALLOW_HTTP_SOURCES", "bool", True, "Accept http:// image addresses."),
    Row("PRINT_SIGNATURE_HEADER", "str", "X-RatioReady-Signature", "Header of the print dialect's HMAC."),
    Row("SHELF_USER_AGENT", "str", "Shelfforce-Webhooks/1.0", "User-Agent of shelf webhooks."),
    Row("TRUSTED_HOPS", "int", 0, "Reverse proxies whose X-Forwarded headers are believed."),
    Row("TRUSTED_HOSTS", "list", "", "Host names served; empty: any."),
    Row("CORS_ORIGINS", "list", "", "Origins that browsers may call from; empty: none."),
    Row("RATE_LIMITS", "bool", True, "Enforce the documented rate limits."),
    Row("DASHBOARD_PORT", "int", 9181, "Port of the queue dashboard on loopback, when started."),
    Row("DASHBOARD_USER", "str", "darkroom", "User name of the queue dashboard."),
    Row("DASHBOARD_PASSWORD", "str", "", "Password of the queue dashboard; scripts/serve makes one.", True),
    Row("METRICS_PORT", "int", 0, "Port of the metrics for Prometheus; 0: none."),
    Row("METRICS_HOST", "str", "127.0.0.1", "Address the metrics are served on."),
    Row("METRICS_TOKEN", "str", "", "Bearer token that whoever reads the metrics must bring; empty: none.", True),
    Row("FAILPOINTS", "str", "", "Test hooks that kill a process at a named seam; empty in production."),
)


CHOICES = {
    "object_store": ("local", "s3"),
    "s3_addressing": ("path", "virtual"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": ("json", "text"),
    "cutout_model_kind": ("auto", "u2net", "isnet", "birefnet"),
}

RANGES = {  # every number has one: what lies outside would lose work, let anything in, or never end
    (0, 100): ("trusted_hops", "sync_wait_seconds", "sync_wait_webhook_seconds"),
    (0, 256): ("pixel_workers", "model_workers"),
    (0, 65535): ("metrics_port",),
    (0.05, 3600): ("sweep_seconds",),
    (1, 1000): ("web_workers", "web_threads", "model_threads", "max_pixels_mp", "print_max_batch", "studio_max_batch"),
    (1, 3600): ("image_seconds", "lease_seconds"),
    (1, 8760): ("link_hours", "studio_retention_hours", "batch_deadline_hours"),
    (1, 65535): ("port", "dashboard_port"),
    (1, 1_000_000): ("model_jobs", "print_queue_cap", "queue_cap", "max_file_mb", "max_request_mb", "disk_floor_mb"),
    (256, 1_000_000): ("image_memory_mb", "memory_budget_mb"),
}


class ConfigError(Exception):
    """All faults of the environment, one per line."""


def parse_row(row: Row, text: str) -> Any:
    """The typed value of one setting; raises ValueError with a sentence."""
    if row.kind == "bool":
        lowered = text.strip().lower()
        if lowered in ("1", "true", "yes", "on"):
            return True
        if lowered in ("0", "false", "no", "off", ""):
            return False
        raise ValueError("is not true or false")
    if row.kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if row.kind == "path":
        path = Path(text).expanduser()
        return path if path.is_absolute() else ROOT / path
    try:
        return {"int": int, "float": float, "str": str}[row.kind](text)
    except ValueError as fault:
        raise ValueError(f"is not a number: {text!r}") from fault


@dataclass(frozen=True)
class Settings:
    """One attribute per row, in lower case. Passed in everywhere; read from the environment only here."""

    base_url: str
    host: str
    port: int
    data_dir: Path
    models_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    secret_key_previous: str
    jwt_secret: str
    log_level: str
    log_format: str
    web_workers: int
    web_threads: int
    pixel_workers: int
    model_workers: int
    model_threads: int
    model_jobs: int
    cutout_model: str
    cutout_model_kind: str
    object_store: str
    s3_endpoint: str
    s3_bucket: str
    s3_region: str
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_addressing: str
    link_hours: int
    studio_retention_hours: int
    studio_signed_output: bool
    batch_deadline_hours: int
    max_file_mb: int
    max_request_mb: int
    max_pixels_mp: int
    print_max_batch: int
    studio_max_batch: int
    print_queue_cap: int
    queue_cap: int
    disk_floor_mb: int
    image_seconds: int
    image_memory_mb: int
    memory_budget_mb: int
    lease_seconds: int
    sweep_seconds: float
    sync_wait_seconds: float
    sync_wait_webhook_seconds: float
    egress_allow: tuple[str, ...]
    egress_proxy: str
    allow_http_sources: bool
    print_signature_header: str
    shelf_user_agent: str
    trusted_hops: int
    trusted_hosts: tuple[str, ...]
    cors_origins: tuple[str, ...]
    rate_limits: bool
    dashboard_port: int
    dashboard_user: str
    dashboard_password: str
    metrics_port: int
    metrics_host: str
    metrics_token: str
    failpoints: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> "Settings":
        """Read every row, report every fault at once (ConfigError). `overrides` are typed values by attribute name."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        faults = []
        for row in ROWS:
            try:
                values[row.name.lower()] = parse_row(row, str(environ.get(row.name, row.default)))
            except ValueError as fault:
                faults.append(f"{row.name} {fault}")
                values[row.name.lower()] = parse_row(row, str(row.default))  # so that the others are checked too
        values |= overrides
        faults += check_values(values)
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(**values)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'darkroom.sqlite3'}"

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * 1024 * 1024


def check_values(values: Mapping[str, Any]) -> list[str]:
    """Faults that need more than one value or a range; secrets are named, never shown."""
    faults = []
    for name in ("secret_key", "secret_key_previous", "jwt_secret"):
        if len(values[name]) < 32 and (values[name] or name == "secret_key"):
            faults.append(f"{name.upper()} must have at least 32 characters")
    if values["failpoints"] and values["base_url"].startswith("https://"):
        faults.append("FAILPOINTS kills processes for tests and is refused with an https BASE_URL")
    for name, words in CHOICES.items():
        if values[name] not in words:
            faults.append(f"{name.upper()} must be {', '.join(words[:-1])} or {words[-1]}")
    if values["object_store"] == "s3" and not values["s3_bucket"]:
        faults.append("S3_BUCKET is required with OBJECT_STORE=s3")
    if not values["base_url"].startswith(("http://", "https://")):
        faults.append("BASE_URL must start with http:// or https://")
    for entry in values["egress_allow"]:
        if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:\s/]+):[0-9]{1,5}", entry):
            faults.append(f"EGRESS_ALLOW holds {entry!r}, which is not host:port")
    if values["egress_proxy"] and not PROXY.fullmatch(values["egress_proxy"]):
        faults.append("EGRESS_PROXY must be http://[user:password@]host:port")
    for (least, most), names in RANGES.items():
        for name in names:
            if not least <= values[name] <= most:
                faults.append(f"{name.upper()} must lie between {least} and {most}")
    return faults


def describe(settings: Settings) -> list[tuple[str, str]]:
    """(name, shown value) of every setting; a secret only says whether it is set."""
    rows = {row.name.lower(): row for row in ROWS}
    shown = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        plain = re.sub(r"(://[^/@:]*:)[^@]*@", r"\1[hidden]@", str(value))  # addresses of servers hold passwords
        shown.append((field.name.upper(), ("set" if value else "not set") if rows[field.name].secret else plain))
    return shown
