"""scripts/sheets ACTION …: an action's contact sheet from the sample products, written to docs/sheets/ACTION.jpg."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from jobs.imaging.scenery.stage import PLATES
from scripts import sheeting
from scripts.sheeting.page import write_sheet
from scripts.sheeting.products import Products

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("__main__", "page", "products")


def actions() -> list[str]:
    """The actions that have a sheet."""
    names = [module.name for module in pkgutil.iter_modules(sheeting.__path__) if module.name not in PARTS]
    return sorted(name.replace("_", "-") for name in names)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/sheets", description=__doc__)
    parser.add_argument("actions", nargs="+", choices=actions(), metavar="ACTION", help=", ".join(actions()))
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "samples", help="folder with product/")
    parser.add_argument("--models", type=Path, default=ROOT / ".models", help="folder of the networks")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "sheets")
    parser.add_argument("--plates", type=Path, default=PLATES, help="folder of the baked stages")
    parser.add_argument("--only", default="", help="only sections whose title holds this word")
    given = parser.parse_args()
    if not (given.samples / "product").is_dir():
        print(f"no sample products under {given.samples}", file=sys.stderr)
        return 2
    products = Products(given.samples / "product", given.models, given.plates)
    for action in given.actions:
        module = importlib.import_module(f"scripts.sheeting.{action.replace('-', '_')}")
        path = given.out / f"{action}.jpg"
        made = [section for section in module.sections(products) if given.only.lower() in section.title.lower()]
        write_sheet(made, path)
        print(f"{path} {path.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
