"""The few words a layout brings along, in its reader's language: headings, labels, a neutral call.

Never a claim: nothing here says anything about a product.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("languages.json")
_SAME = {
    "no": "nb", "nn": "nb", "iw": "he", "in": "id", "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant",
    "cn": "zh-Hans", "tw": "zh-Hant", "jp": "ja", "kr": "ko", "ua": "uk", "gr": "el", "cz": "cs", "dk": "da",
    "se": "sv", "pt-br": "pt-BR", "br": "pt-BR",
}  # fmt: skip


@cache
def languages() -> Mapping[str, Mapping[str, str]]:
    """Phrases by language tag and name."""
    found: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def spoken(tag: str) -> str | None:
    """The language whose phrases serve a tag ("pt_BR", "zh-TW", "en-GB"); None when none does."""
    flat = tag.strip().lower().replace("_", "-")
    parts = flat.split("-")
    for cut in range(len(parts), 0, -1):
        name = "-".join(parts[:cut])
        name = _SAME.get(name, name)
        if name in languages():
            return name
    return None


def phrases(tag: str) -> Mapping[str, str]:
    """The phrases of a language, English where there are none of it."""
    return languages()[spoken(tag) or "en"]


def poster_default(purpose: str, language: str) -> tuple[str, str]:
    """(headline, call) for a poster whose client said nothing."""
    words = phrases(language)
    flat = purpose.lower()
    if re.search(r"launch|new|arrival|introduc|release", flat):
        return words["new"], words["shop_now"]
    if re.search(r"sale|clearance|friday|deal|discount|offer|promo", flat):
        return words["sale"], words["shop_now"]
    return words["discover"], words["shop_now"]
