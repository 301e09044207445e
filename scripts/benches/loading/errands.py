"""What a customer may want: one batch of some dialect with its pictures, as a request, and what the reply means.

An errand knows how many of its pictures are broken on purpose. Never sends anything.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FINAL = ("completed", "failed", "canceled")
Part = tuple[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Pictures:
    """What errands choose from, encoded: `urls` are served by a neighbour on loopback, `spoiled` breaks off."""

    art: bytes
    product: bytes
    spoiled: bytes
    urls: tuple[str, ...]
    cutouts: bool = True


@dataclass(frozen=True)
class Errand:
    """One batch. `spoiled` of its `images` cannot succeed; `read` is the address of its state, {} stands for its id;
    `files` go as parts, `fields` as form fields or as JSON where there are no parts and the dialect speaks it."""

    dialect: str
    action: str
    path: str
    read: str
    images: int
    spoiled: int = 0
    files: tuple[Part, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    impatient: bool = False

    def request(self, callback: str) -> dict[str, Any]:
        """What requests.post is given besides the address and the headers."""
        if self.dialect == "shelf":
            return {"json": {**self.fields, "callbackUrl": callback}}
        told = {**self.fields, "webhook_url": callback}
        return {"files": list(self.files), "data": told} if self.files else {"json": told}

    def batch_id(self, reply: Mapping[str, Any]) -> str:
        if self.dialect == "shelf":
            return str(reply["data"]["batchId"])
        return str(reply["batch_id" if self.dialect == "print" else "job_id"])

    def is_final(self, state: Mapping[str, Any]) -> bool:
        if self.dialect == "shelf":  # "partial" may still have some at work
            return all(each["status"] in ("completed", "failed") for each in told(state)["analyses"])
        return state.get("status") in FINAL

    def events(self) -> int:
        """How many different events of an end its callback must hear."""
        return self.images if self.dialect == "shelf" else 1


def told(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Shelf's replies have an envelope."""
    inner: Mapping[str, Any] = state.get("data", state)
    return inner


def choose(dice: random.Random, pictures: Pictures) -> Errand:
    """A batch of one to four pictures of any dialect; a tenth has a broken picture, a twentieth is called off."""
    kinds = [poster, clipart, shelf, from_addresses]
    weights = [4, 3, 3, 2]
    if pictures.cutouts:
        kinds += [cut_out, scene]
        weights += [4, 1]
    return dice.choices(kinds, weights)[0](dice, pictures)


def parts(dice: random.Random, name: str, good: bytes, pictures: Pictures, most: int) -> tuple[tuple[Part, ...], int]:
    """Files for one field, and how many of them are broken."""
    count = dice.randint(1, most)
    spoiled = int(dice.random() < 0.1)
    data = [pictures.spoiled] * spoiled + [good] * (count - spoiled)
    return tuple((name, (f"{place}.jpg", each)) for place, each in enumerate(data)), spoiled


def poster(dice: random.Random, pictures: Pictures) -> Errand:
    files, spoiled = parts(dice, "images", pictures.art, pictures, 3)
    called_off = dice.random() < 0.1
    return Errand("print", "poster", "/v1/batch/poster", "/v1/batch/{}", len(files), spoiled, files,
                  {"size": "12x18"}, called_off)  # fmt: skip


def clipart(dice: random.Random, pictures: Pictures) -> Errand:
    files, spoiled = parts(dice, "images", pictures.product, pictures, 4)
    return Errand("print", "clipart", "/v1/batch/clipart", "/v1/batch/{}", len(files), spoiled, files)


def from_addresses(dice: random.Random, pictures: Pictures) -> Errand:
    urls = dice.sample(pictures.urls, dice.randint(1, 2))
    return Errand("print", "poster", "/v1/batch/poster", "/v1/batch/{}", len(urls), 0, (),
                  {"image_urls": urls, "size": "12x18"})  # fmt: skip


def shelf(dice: random.Random, pictures: Pictures) -> Errand:
    images = [{"imageUrl": url} for url in dice.sample(pictures.urls, dice.randint(1, 2))]
    path = "/api/v1/analyses/batch"
    return Errand("shelf", "analysis", path, path + "/{}", len(images), 0, (), {"images": images})


def cut_out(dice: random.Random, pictures: Pictures) -> Errand:
    files, spoiled = parts(dice, "image_files[]", pictures.product, pictures, 2)
    fields = {"action": "bg-remove", "options[platform]": "amazon"}
    return Errand("studio", "bg-remove", "/api/v1/batch.php", "/api/v1/batch.php?job_id={}", len(files), spoiled,
                  files, fields)  # fmt: skip


def scene(dice: random.Random, pictures: Pictures) -> Errand:
    files, spoiled = parts(dice, "image_files[]", pictures.product, pictures, 1)
    fields = {
        "action": "photography",
        "resolution": "1K",
        "options[surface]": dice.choice(["marble", "wood", "concrete"]),
    }
    return Errand("studio", "photography", "/api/v1/batch.php", "/api/v1/batch.php?job_id={}", len(files), spoiled,
                  files, fields)  # fmt: skip


def error_codes(state: Mapping[str, Any]) -> list[str]:
    """Every error code that a state tells of, whatever its dialect."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            code = value.get("code") or value.get("error_code") or value.get("errorCode")
            if code:
                found.append(str(code))
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(json.loads(json.dumps(told(state))))
    return found
