"""The sheet of ecommerce-detail: full and sparse requests, three layouts, several languages and markets."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.actions.detail_words import words_of
from jobs.actions.ecommerce_detail import ACTION, canvas_of, stage_for, told, wanted_kinds
from jobs.actions.studio import seed_of
from jobs.imaging.panels.dossier import View
from jobs.imaging.panels.sheet import compose, planned
from jobs.imaging.typesetting.sweep import Subject
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

SNEAKER = {
    "product_name": "Everyday Court Sneaker", "brand": "Saleor", "country": "Germany", "price": "79",
    "features": ["Cushioned sole", "Breathable upper", "Reinforced heel", "Non-slip tread"],
    "whats_in_box": ["1 pair of sneakers", "Spare laces", "Cotton dust bag"], "size_text": "29 x 11 x 10 cm",
    "how_to_use": ["Loosen the laces", "Slip in and tighten", "Wipe with a damp cloth"],
    "guarantee": "Two years against faulty stitching",
}  # fmt: skip
JUICE = {
    "product_name": "Apfelsaft", "brand": "Juicy", "language": "de", "country": "Germany", "price": "2.49",
    "features": ["Aus ganzen Äpfeln gepresst", "Wiederverschließbare Flasche", "Ohne Zuckerzusatz"],
    "specs": {"Inhalt": "500 ml", "Herkunft": "Bodensee", "Flasche": "Glas", "Lagerung": "Kühl und dunkel"},
    "how_to_use": ["Gut schütteln", "Kühl servieren", "Nach dem Öffnen in drei Tagen trinken"],
    "size_text": "H 18 cm, B 6.5 cm", "theme_prompt": "fresh morning in a cafe", "palette": "#2f7d3b,#f2b705",
}  # fmt: skip
HOODIE = {
    "product_name": "هودي كلاسيكي", "brand": "Saleor", "language": "ar", "country": "Saudi Arabia", "price": "199",
    "features": ["قطن ناعم", "جيب أمامي واسع", "غطاء رأس مبطن"], "size_text": "60 x 70 cm",
    "whats_in_box": "هودي واحد\nكيس قماشي", "how_to_use": "يغسل بالماء البارد\nلا يستخدم المبيض",
    "guarantee": "ضمان استرجاع خلال 30 يومًا",
}  # fmt: skip
CUSHION = {
    "product_name": "くつろぎクッション", "language": "ja", "country": "Japan", "price": "3980",
    "features": ["やわらかなリネン", "洗えるカバー", "軽い中わた"], "size_text": "45 x 45 cm",
    "specs": "素材: リネン 100%\n重さ: 620 g\n生産国: 日本", "theme_prompt": "scandinavian interior in sand and linen",
}  # fmt: skip
SHEETS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("everything said, 1:1", "d009", SNEAKER), ("nothing said, 1:1", "d017", {}),
    ("Japanese", "d028", CUSHION), ("Amazon, United States", "d022",
     {**SNEAKER, "country": "United States of America", "platform": "Amazon", "price": ""}),
    ("German, 3:4", "d001", {**JUICE, "aspect_ratio": "3:4"}),
    ("Arabic, 16:9", "d004", {**HOODIE, "aspect_ratio": "16:9"}),
)  # fmt: skip


def detail(products: Products, name: str, options: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """One sheet, as the action makes it."""
    item = products.item(name)
    view = View(item.foreground, Subject(item.foreground, item.alpha, item.box))
    read = ACTION.parse({"resolution": "2K", **options}, 1).values
    words = words_of(read, view.subject.shape, None, [])
    size, layout = canvas_of(read, words.warnings)
    dossier = told(read, words, (view,))
    stage = stage_for(read, dossier, seed_of(read))
    return compose(dossier, size, layout, planned(dossier, wanted_kinds(read, dossier)), stage, lambda: None).rgb


def sections(products: Products) -> list[Section]:
    made = [Cell(caption, partial(detail, products, name, options)) for caption, name, options in SHEETS]
    return [
        Section("Square sheets", made[:4], 2, (900, 900)),
        Section("Tall", made[4:5], 2, (900, 1206)),
        Section("Wide", made[5:], 1, (1810, 1010)),
    ]
