"""The oldest version of each package that this service may run with: below it lie holes that are known, or a behaviour
that promises here rest on. The lock file names what is installed; this is for the day when somebody installs by hand.

Never imports what it judges.
"""

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

FLOOR: Mapping[str, str] = {
    "pillow": "13.0.0",  # decoders of untrusted pictures
    "opencv-python-headless": "5.0.0.93",
    "simplejpeg": "1.9.0",
    "urllib3": "2.8.0",  # the one way out of the house
    "idna": "3.20",
    "certifi": "2026.10.18",
    "cryptography": "50.0.2",  # sealed secrets
    "pyjwt": "2.15.1",
    "flask": "3.1.3",
    "multipart": "2.0.1",
    "gunicorn": "27.0.1",
    "sqlalchemy": "2.1.9",
    "rq": "3.0.0",  # 2.12 turns finished images into failed ones when siblings finish together
    "redis": "7.4.1",
}


def below_floor(floor: Mapping[str, str] = FLOOR) -> list[str]:
    """One sentence for each package that is too old or missing."""
    return [told for name, least in floor.items() if (told := judge(name, least))]


def judge(name: str, least: str) -> str:
    """What is wrong with one package, "" when nothing is."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is not installed; {least} is needed."
    return "" if numbers(found) >= numbers(least) else f"{name} {found} is older than {least}."


def numbers(text: str) -> tuple[int, ...]:
    """The release part of a version; a pre-release counts as the release it leads to."""
    return tuple(int(part) for part in re.split(r"[.]", re.match(r"[0-9.]*", text)[0].strip(".")) if part)  # type: ignore[index]
