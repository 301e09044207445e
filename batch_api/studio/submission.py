"""From a studio form to a neutral submission: which action, which images, which checks come before anything is stored.

Never prices and never queues.
"""

from dataclasses import replace

from batch_api import intake as intakes
from batch_api.addresses import callback_address, image_address
from batch_api.auth import Caller
from batch_api.intake import Intake, IntakeLimits
from batch_api.refusals import too_many_images
from batch_api.service import Service
from batch_api.staging import ReceivedFile
from batch_api.studio.form import Form, read_form
from batch_api.submissions import Submission
from jobs.actions import CATALOGUE, find_action
from jobs.actions.casting import Casting, cast, casting_of
from jobs.actions.catalogue import PLANNED
from storage.errors import Invalid
from storage.model import Dialect, Source
from storage.records.plans import plan

MEGABYTE = 1024 * 1024
READY = {name for dialect, name in CATALOGUE if dialect is Dialect.STUDIO}
KNOWN_ACTIONS = tuple(sorted(READY | set(PLANNED[Dialect.STUDIO])))


def most_images(found: Service, who: Caller) -> int:
    """Inputs of one request: the plan's maxBatchSize, within the installation's own bound."""
    return min(plan(who.account.plan).max_batch_size, found.settings.studio_max_batch)


def too_many(found: Service, limit: int, came: int | None) -> Invalid:
    most_of_any = found.settings.studio_max_batch
    return too_many_images(limit, came, field="image_files[]", code="too_many_images", most_of_any=most_of_any)


def intake_limits(found: Service, who: Caller) -> IntakeLimits:
    limit, settings = most_images(found, who), found.settings
    return IntakeLimits(
        files=limit,
        file_bytes=settings.max_file_bytes,
        request_bytes=settings.max_request_mb * MEGABYTE,
        refusal=too_many(found, limit, None),
    )


def translate(found: Service, who: Caller, received: Intake, form: Form | None = None) -> tuple[Intake, Submission]:
    """The submission of this form; data: addresses become staged files of the returned intake."""
    form = form or read_form(received)
    name = known_action(form)
    limit = most_images(found, who)
    if len(form.urls) + len(form.files) > limit:
        raise too_many(found, limit, len(form.urls) + len(form.files))
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
    casting = casting_of(CATALOGUE[(Dialect.STUDIO, name)])
    received, given, unread = take_extras(found, who, received, form, casting)
    options = dict(form.options) | {
        key: form.common[key] for key in ("resolution", "aspect_ratio") if key in form.common
    }
    images = cast(casting, options, sources, given)
    return received, Submission(
        action=name,
        images=images,
        options={key: value for key, value in options.items() if key not in {each.option for each in casting.extras}},
        labels={"client_ref": form.common["client_ref"]} if "client_ref" in form.common else {},
        callback_url=callback,
        warnings=(*form.warnings, *unread),
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
    sources = list[Source]()
    for url in form.urls:
        received, source = take_address(found, who, received, "image_urls[]", url)
        sources.append(source)
    return received, sources + [upload_source(file) for file in form.files]


def take_address(found: Service, who: Caller, received: Intake, field: str, url: str) -> tuple[Intake, Source]:
    """One address as a source; a data: address becomes a staged file of the returned intake. Invalid."""
    if url.lower().startswith("data:"):
        staged = intakes.stage_data_uri(found.tools, intake_limits(found, who), field, url)
        return intakes.with_files(received, [staged]), upload_source(replace(staged, filename="inline"))
    address = image_address(field, url)
    return received, Source("url", file_name_of(address), url=address)


def take_extras(
    found: Service, who: Caller, received: Intake, form: Form, casting: Casting
) -> tuple[Intake, dict[str, Source], list[str]]:
    """The pictures with a role of their own, by role, an upload before an address, and what to say of unused uploads.

    Raises Invalid for an address that cannot be one, and for an upload that is no picture."""
    given = dict[str, Source]()
    for extra in casting.extras:
        field, upload = f"options[{extra.option}]", form.named.get(extra.file_field)
        address = form.options.get(extra.option)
        if upload is not None and upload.format is None:
            raise Invalid(f"{extra.file_field} is not an image.", field=extra.file_field, reason="not an image",
                          code="invalid_image")  # fmt: skip
        if upload is not None:
            given[extra.role] = upload_source(upload)
        elif isinstance(address, str) and address.strip():
            received, given[extra.role] = take_address(found, who, received, field, address.strip())
        elif address:
            raise Invalid(f"{field} must be one address.", field=field, reason="not a text", code="invalid_option")
    unread = form.named.keys() - {extra.file_field for extra in casting.extras}
    return received, given, [f"This action does not use '{name}'; it was ignored." for name in sorted(unread)]


def upload_source(file: ReceivedFile) -> Source:
    return Source("upload", file.filename[:255], key=file.key, bytes=file.bytes, sha256=file.sha256, crc32=file.crc32)


def file_name_of(url: str) -> str:
    """The last part of an address's path, without its query."""
    name = url.split("?", 1)[0].split("#", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    return name[:255] or "image"
