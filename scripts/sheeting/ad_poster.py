"""The sheet of ad-poster: styles, frames, languages, scenes and positions on real products."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.actions.ad_poster import ACTION, order_of, posed
from jobs.imaging.typesetting.looks import LOOKS
from jobs.imaging.typesetting.sweep import Subject
from scripts.sheeting.page import Cell, Section
from scripts.sheeting.products import Products

CAST = ("d009", "d001", "d028", "d017", "d002", "d004", "d022", "d046")
COPY = {
    "headline": "Made for the long way home", "subline": "Light, quiet, and ready whenever you are.",
    "cta": "Shop now", "price": "$79", "badge": "New",
}  # fmt: skip
SHORT = {"headline": "Jump in", "subline": "The new season starts here.", "cta": "Shop now", "badge": "-30%"}
SPOKEN = {
    "de": ("Der lange Weg nach Hause", "Leicht, leise und immer bereit.", "Jetzt kaufen", "79 €"),
    "fr": ("L'été commence ici !", "Légère, fraîche et toujours prête.", "Acheter", "79 €"),
    "ru": ("Дорога домой стала короче", "Легко, тихо и всегда с вами.", "Купить", "7 900 ₽"),
    "el": ("Φτιαγμένο για τον δρόμο", "Ελαφρύ και πάντα έτοιμο.", "Αγοράστε", "79 €"),
    "ar": ("الراحة تبدأ من هنا", "مجموعة الخريف متوفرة الآن", "تسوّق الآن", "199 ر.س"),
    "he": ("הדרך הארוכה הביתה", "קל, שקט ותמיד מוכן.", "לרכישה", "₪ 249"),
    "hi": ("लंबे सफ़र का साथी", "हल्का, शांत और हमेशा तैयार।", "अभी खरीदें", "₹4,999"),
    "th": ("พร้อมไปกับคุณทุกที่", "เบา เงียบ และพร้อมเสมอ", "ซื้อเลย", "฿1,990"),
    "ja": ("くつろぎの、新しいかたち。", "軽やかで、いつでもそばに。", "詳しく見る", "¥7,980"),
    "zh-Hans": ("陪你走更远的路", "轻盈安静，随时出发。", "立即购买", "¥499"),
    "ko": ("집으로 가는 긴 여정을 위해", "가볍고 조용하게, 언제든지.", "지금 구매하기", "₩79,000"),
    "vi": ("Cho chặng đường dài về nhà", "Nhẹ, êm và luôn sẵn sàng.", "Mua ngay", "1.990.000 ₫"),
}
SCENES = {
    "marble, dark and elegant": "luxury", "neon street at night": "streetwear", "beach at sunset": "organic",
}  # fmt: skip


def poster(products: Products, name: str, options: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """One poster, as the action makes it."""
    item = products.item(name)
    subject = Subject(item.foreground, item.alpha, item.box)
    read, warned = ACTION.parse(options, 1).values, list[str]()
    return posed(read, subject, order_of(read, subject, None, warned), warned)[0].rgb


def cells(products: Products, wishes: dict[str, dict[str, Any]], first: int = 0) -> list[Cell]:
    """A cell per wish, the products taking turns."""
    return [
        Cell(caption, partial(poster, products, CAST[(first + number) % len(CAST)], options))
        for number, (caption, options) in enumerate(wishes.items())
    ]


def sections(products: Products) -> list[Section]:
    styles = {look.id: {**(SHORT if look.behind else COPY), "style": look.id, "aspect_ratio": "3:4"} for look in LOOKS}
    spoken = {
        language: dict(zip(("headline", "subline", "cta", "price"), words, strict=True), language=language,
                       style=LOOKS[number % len(LOOKS)].id)
        for number, (language, words) in enumerate(SPOKEN.items())
    }  # fmt: skip
    scenes = {
        prompt: {**COPY, "visual_prompt": prompt, "style": style, "aspect_ratio": "4:3"}
        for prompt, style in SCENES.items()
    }
    wide = {style: {**COPY, "style": style, "aspect_ratio": "16:9"} for style in ("tech sleek", "beauty", "corporate")}
    tall = {style: {**SHORT, "style": style, "aspect_ratio": "9:16"}
            for style in ("bold & dynamic", "playful", "retro", "futuristic", "pop art", "editorial")}  # fmt: skip
    return [
        Section("Styles", cells(products, styles), 6, (300, 402)),
        Section("Described scenes", cells(products, scenes, 2), 3, (610, 456)),
        Section("Languages", cells(products, spoken, 1), 6, (300, 300)),
        Section("16:9", cells(products, wide, 3), 3, (610, 340)),
        Section("9:16", cells(products, tall, 4), 6, (300, 537)),
    ]
