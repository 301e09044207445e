"""From a studio form to a neutral submission: which action, which images, which checks come before anything is stored.

Never prices and never queues.
"""

from dataclasses import replace

from batch_api import intake as intakes
from batch_api.addresses import callback_address, image_address
from batch_api.auth import Caller
from batch_api.intake import Intake, IntakeLimits
from batch_api.service import Service
from batch_api.staging import ReceivedFile
from batch_api.studio.form import Form, read_form
from batch_api.submissions import Submission
from jobs.actions import CATALOGUE, find_action
from jobs.actions.catalogue import PLANNED
from storage.errors import Invalid
from storage.model import Dialect, ImageOrder, Source
from storage.records.plans import plan

MEGABYTE = 1024 * 1024
READY = {name for dialect, name in CATALOGUE if dialect is Dialect.STUDIO}
KNOWN_ACTIONS = tuple(sorted(READY | set(PLANNED[Dialect.STUDIO])))


def most_images(found: Service, who: Caller) -> int:
    """Inputs of one request: the plan's maxBatchSize, within the installation's own bound."""
    return min(plan(who.account.plan).max_batch_size, found.settings.studio_max_batch)


def too_many(limit: int) -> Invalid:
    return Invalid(f"At most {limit} images may be sent in one request.", field="image_files[]", reason="too_many",
                   code="too_many_images", details={"max": limit})  # fmt: skip


def intake_limits(found: Service, who: Caller) -> IntakeLimits:
    limit, settings = most_images(found, who), found.settings
    return IntakeLimits(
        files=limit,
        file_bytes=settings.max_file_bytes,
        request_bytes=settings.max_request_mb * MEGABYTE,
        refusal=too_many(limit),
    )


def translate(found: Service, who: Caller, received: Intake, form: Form | None = None) -> tuple[Intake, Submission]:
    """The submission of this form; data: addresses become staged files of the returned intake."""
    form = form or read_form(received)
    name = known_action(form)
    limit = most_images(found, who)
    if len(form.urls) + len(form.files) > limit:
        raise too_many(limit)
    if not form.urls and not form.files:
        raise Invalid(
            "Send image_urls[] or image_files[].", field="image_urls[]", reason="required", code="missing_image"
        )
    if not form.urls:
        refuse_when_no_image(name, form.files)
    callback = form.common.get("webhook_url")
    if callback is not None:
        callback = callback_address(found.settings, "webhook_url", callback)
    received, sources = take_sources(found, who, received, form)
    options = dict(form.options) | {
        key: form.common[key] for key in ("resolution", "aspect_ratio") if key in form.common
    }
    return received, Submission(
        action=name,
        images=tuple(ImageOrder((source,)) for source in sources),
        options=options,
        labels={"client_ref": form.common["client_ref"]} if "client_ref" in form.common else {},
        callback_url=callback,
        warnings=form.warnings,
    )


def known_action(form: Form) -> str:
    name = form.common.get("action", "")
    if not name:
        raise Invalid("The field 'action' is required.", field="action", reason="required", code="missing_action",
                      details={"allowed": list(KNOWN_ACTIONS)})  # fmt: skip
    try:
        find_action(Dialect.STUDIO, name)
    except Invalid as fault:
        raise Invalid(fault.public, field="action", reason="unsupported", code=fault.code,
                      details={"allowed": list(KNOWN_ACTIONS)}) from fault  # fmt: skip
    return name


def refuse_when_no_image(action: str, files: tuple[ReceivedFile, ...]) -> None:
    """Uploads of which not one can be read are refused at once; a bad one among good ones fails alone, later."""
    accepted = CATALOGUE[(Dialect.STUDIO, action)].limits.formats
    if not any(file.format in accepted for file in files):
        raise Invalid("No file is an image of a supported format.", field=files[0].field, reason="not an image",
                      code="invalid_image", details={"formats": list(accepted)})  # fmt: skip


def take_sources(found: Service, who: Caller, received: Intake, form: Form) -> tuple[Intake, list[Source]]:
    """Addresses first, then files, each in order of arrival."""
    sources, limits = list[Source](), intake_limits(found, who)
    for url in form.urls:
        if url.lower().startswith("data:"):
            staged = intakes.stage_data_uri(found.tools, limits, "image_urls[]", url)
            received = intakes.with_files(received, [staged])
            sources.append(upload_source(replace(staged, filename="inline")))
        else:
            address = image_address("image_urls[]", url)
            sources.append(Source("url", file_name_of(address), url=address))
    return received, sources + [upload_source(file) for file in form.files]


def upload_source(file: ReceivedFile) -> Source:
    return Source("upload", file.filename[:255], key=file.key, bytes=file.bytes, sha256=file.sha256, crc32=file.crc32)


def file_name_of(url: str) -> str:
    """The last part of an address's path, without its query."""
    name = url.split("?", 1)[0].split("#", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    return name[:255] or "image"
