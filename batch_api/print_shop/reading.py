"""A print request's body as one mapping of canonical names, whatever spelling, form or nesting it came in (print
contract §3.2, §3.3). Reads names and shapes; never judges an option's meaning, which is for the actions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from batch_api.intake import Intake, parse_json
from batch_api.php_form import build
from storage.errors import Invalid

ALIASES = {
    "clientJobId": "client_job_id",
    "type": "job_type",
    "product_type": "job_type",
    "callback_url": "webhook_url",
    "urls": "image_urls",
    "image_url": "image_urls",
    "image": "images",
    "template_ids": "mockup_templates",
    "listing_video": "video",
    "drive_folder": "drive",
    "watermark_text": "watermark",
    "etsy_listing_pdf": "listing_pdf",
    "factor": "scale",
    "upscale_factor": "scale",
    "readiness_state_id": "processing_profile_id",
    "test": "dry_run",
    "uploads": "upload_ids",
    "upload_id": "upload_ids",
}
SEO = {"title": "title", "keywords": "keywords", "tags": "keywords", "description": "description_hint"}
SEO |= {"description_hint": "description_hint", "shop_name": "shop_name", "shop": "shop_name"}
LISTS: tuple[str, ...] = (
    "images",
    "image",
    "image_urls",
    "image_url",
    "urls",
    "upload_ids",
    "upload_id",
    "uploads",
    "keywords",
)
LISTS += ("mockup_templates", "template_ids")
JOB_TYPES = {"wall_art": "wallart", "wallart": "wallart", "poster": "poster", "clipart": "clipart"}
JOB_TYPES |= {"clip_art": "clipart", "upscale": "upscale"}
# Which job a field belongs to, for requests that do not name one.
TELLING = {
    "upscale": ("scale", "target_px"),
    "clipart": ("watermark", "listing_pdf"),
    "poster": ("shipping_profile_id", "size"),
    "wallart": ("drive", "ratios"),
}


def canonical_fields(intake: Intake) -> dict[str, Any]:
    """Every field under its canonical name. `options` and `seo` are unfolded; a field given outside of them wins. What
    nobody knows keeps its name, so that the action says so."""
    raw = from_document(intake.document) if intake.document is not None else from_form(intake.fields)
    merged = renamed([*unfold("options", raw.pop("options", None)).items(), *raw.items()])
    seo = unfold("seo", merged.pop("seo", None))
    hints = {SEO.get(name, f"seo.{name}"): value for name, value in seo.items()}
    if "mockups" in merged:
        value = merged.pop("mockups")
        counted = isinstance(value, int) or (isinstance(value, str) and value.strip().isdigit())
        merged.setdefault("mockup_count" if counted else "mockup_templates", value)
    return hints | merged


def from_document(document: Any) -> dict[str, Any]:
    """The fields of a JSON body."""
    if not isinstance(document, dict):
        raise Invalid("The JSON body must be an object.", reason="malformed")
    return {str(name): value for name, value in document.items() if value is not None}


def from_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields of a form: bracket names nest, and a bare name that is repeated is a list."""
    listed = ((f"{name}[]" if name in LISTS else name, value) for name, value in pairs)
    return {str(name): value for name, value in build(listed).items()}


def renamed(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Aliases replaced. Of several spellings the lists of images are joined, and of anything else the last one wins."""
    found: dict[str, Any] = {}
    for name, value in fields:
        proper = ALIASES.get(name, name)
        if proper in ("image_urls", "images", "upload_ids") and proper in found:
            found[proper] = [*as_list(proper, found[proper]), *as_list(proper, value)]
        else:
            found[proper] = value
    return found


def unfold(field: str, value: Any) -> dict[str, Any]:
    """An object, or the JSON text of one; {} when absent."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = parse_json(value.encode())
        except Invalid as fault:
            raise Invalid(f"{field} is not valid JSON.", field=field, reason="malformed") from fault
    if not isinstance(value, dict):
        raise Invalid(f"{field} must be an object.", field=field, reason="not_an_object")
    return {str(name): inner for name, inner in value.items() if inner is not None}


def as_list(field: str, value: Any) -> list[Any]:
    """A list from a list, a form's numbered names, the JSON text of a list, or one value. Blank members are dropped."""
    if value is None or value == "":
        return []
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = parse_json(value.encode())
        except Invalid as fault:
            raise Invalid(f"{field} is not valid JSON.", field=field, reason="malformed") from fault
    if isinstance(value, dict) and all(isinstance(key, int) for key in value):
        value = list(value.values())
    members = value if isinstance(value, list) else [value]
    flat: list[Any] = []
    for member in members:
        nested = isinstance(member, str) and member.lstrip()[:1] == "["
        flat += as_list(field, member) if nested else [member]
    return [member for member in flat if member is not None and member != ""]


def job_type(fields: Mapping[str, Any], named: str | None) -> str:
    """The action: of the address, of `job_type`, or of the one job whose fields are present. Never guesses."""
    given = fields.get("job_type")
    if given is not None:
        asked = JOB_TYPES.get(str(given).strip().lower().replace("-", "_").replace(" ", "_"))
        if asked is None:
            raise undetermined(f"'{str(given)[:40]}' is no job type; use wall_art, poster, clipart or upscale.")
        if named is not None and asked != named:
            raise undetermined("job_type contradicts the address.")
        return asked
    if named is not None:
        return named
    told = [job for job, names in TELLING.items() if any(name in fields for name in names)]
    if len(told) != 1:
        sentence = "The fields belong to different job types." if told else "The fields do not tell the job type."
        raise undetermined(f"{sentence} Send job_type: wall_art, poster, clipart or upscale.")
    return told[0]


def undetermined(sentence: str) -> Invalid:
    return Invalid(sentence, field="job_type", reason="undetermined", code="job_type_undetermined")
