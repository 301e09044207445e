"""The poster styles: which voices speak, how large, in which case, with which button, badge, ornament and scene.

Rows and a keyword search; never draws.
"""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Look:
    """`voice`, `weight`, `leading`, `tracking`, `upper`: the headline's lettering; `scale`: its size against the usual;
    `text`, `text_weight`: of everything else; `spaced`: subline in spaced capitals; `align`: start or center; `button`:
    pill, rect, soft, outline, outline-pill, underline; `badge`: circle, burst, pill, tag; `decor`: none, rule, bar,
    frame, block; `ground`: light, dark, brand, tint, accent: the paper where no scene is described; `lighting`,
    `aesthetic`: words for the director; `accent`: colour of what calls, where the client names none; `behind`: short
    headlines go behind the product; `staged`: a real scene suits it even when none is described."""

    id: str
    words: str
    voice: str
    weight: int
    text: str = "grotesque"
    text_weight: int = 400
    leading: float = 1.06
    tracking: float = 0.0
    upper: bool = False
    scale: float = 1.0
    spaced: bool = False
    align: str = "start"
    button: str = "pill"
    badge: str = "circle"
    decor: str = "none"
    ground: str = "tint"
    lighting: str = ""
    aesthetic: str = ""
    accent: str = ""
    behind: bool = False
    staged: bool = False


LOOKS: tuple[Look, ...] = (
    Look("modern-minimalist", "modern minimalist minimal minimalism clean simple calm airy pure white less understated",
         "modernist", 500, "modernist", 400, 1.08, -0.005, button="rect", badge="pill", ground="tint",
         aesthetic="Minimalist", lighting="soft-studio"),
    Look("tech-sleek", "tech sleek technology gadget electronic electronics digital smart innovation device software",
         "technical", 600, "grotesque", 400, 1.04, -0.015, button="soft", badge="pill", decor="rule", ground="dark",
         aesthetic="HighTech", lighting="dramatic"),
    Look("bold-dynamic", "bold dynamic strong loud impact powerful energy vibrant explosive action power hype",
         "poster", 800, "heavy", 500, 1.04, 0.0, True, 1.3, button="rect", badge="burst", decor="block", ground="brand",
         aesthetic="Pop Art", lighting="high-key", behind=True),
    Look("luxury", "luxury luxurious elegant elegance premium exclusive refined jewelry perfume gold prestige haute",
         "didone", 500, "modernist", 400, 1.12, 0.01, spaced=True, align="center", button="outline", badge="circle",
         decor="frame", ground="dark", staged=True, aesthetic="Luxury", lighting="cinematic", accent="#c8a45d"),
    Look("editorial", "editorial magazine fashion vogue cover story lookbook couture runway art",
         "editorial", 600, "grotesque", 400, 1.04, -0.005, scale=1.12, button="underline", badge="circle", decor="rule",
         ground="tint", aesthetic="Editorial", lighting="soft-studio"),
    Look("organic", "organic natural nature eco bio botanical green sustainable vegan earth fresh garden plant herbal",
         "warm", 500, "neutral", 450, 1.08, -0.005, button="pill", badge="circle", ground="tint",
         staged=True, aesthetic="Botanical", lighting="natural-sunlight"),
    Look("playful", "playful fun kids children happy cute colourful colorful candy toy joyful cheerful friendly",
         "playful", 600, "neutral", 550, 1.06, 0.0, scale=1.08, align="center", button="pill", badge="burst",
         ground="brand", aesthetic="Pastel", lighting="high-key"),
    Look("retro", "retro vintage nostalgic 50s 60s 70s 80s 90s classic old-school heritage americana",
         "warm", 800, "bookish", 500, 1.04, -0.005, scale=1.08, align="center", button="pill", badge="burst",
         decor="frame", ground="tint", aesthetic="Retro", lighting="golden-hour"),
    Look("streetwear", "street streetwear urban graffiti hip hop hiphop skate sneaker grunge raw concrete industrial",
         "expanded", 800, "technical", 500, 1.02, -0.01, True, 0.92, button="rect", badge="tag", decor="bar",
         ground="dark", staged=True, aesthetic="Streetwear", lighting="dramatic"),
    Look("athletic", "sport sports sporty athletic fitness gym running training speed race performance outdoor",
         "athletic", 800, "condensed", 400, 0.98, -0.005, True, 1.2, button="rect", badge="tag", decor="bar",
         ground="dark", aesthetic="HighTech", lighting="cinematic", behind=True),
    Look("corporate", "corporate professional business trust trusted b2b medical clinical finance reliable clean-cut",
         "neutral", 700, "neutral", 450, 1.08, -0.01, button="soft", badge="pill", ground="light",
         aesthetic="Minimalist", lighting="soft-studio"),
    Look("festive", "festive holiday christmas xmas winter celebration party gift new-year valentine easter eid diwali",
         "editorial", 700, "modernist", 450, 1.06, 0.0, scale=1.05, align="center", button="pill", badge="circle",
         decor="frame", ground="brand", staged=True, aesthetic="Festive", lighting="cinematic", accent="#d9b25f"),
    Look("scandinavian", "scandinavian nordic hygge cosy cozy japandi home interior wood warm linen living",
         "modernist", 500, "modernist", 400, 1.1, 0.0, button="outline-pill", badge="circle", ground="tint",
         staged=True, aesthetic="Scandinavian", lighting="natural-sunlight"),
    Look("futuristic", "futuristic future cyber cyberpunk neon space sci-fi gaming gamer synthwave holographic ai",
         "wide", 700, "technical", 400, 1.1, 0.0, False, 0.86, button="outline", badge="pill", decor="rule",
         ground="dark", staged=True, aesthetic="Cyberpunk", lighting="neon-glow"),
    Look("pop-art", "pop pop-art popart comic colour-block color-block colorblock graphic memphis",
         "heavy", 900, "heavy", 600, 1.0, -0.015, True, 1.05, button="rect", badge="burst", decor="block",
         ground="brand", aesthetic="Pop Art", lighting="high-key", behind=True),
    Look("handmade", "handmade craft artisan artisanal handcrafted rustic farm homemade bakery kraft",
         "handwritten", 700, "bookish", 500, 1.0, 0.0, scale=1.12, align="center", button="outline-pill",
         badge="circle", ground="tint", staged=True, aesthetic="Rustic", lighting="golden-hour"),
    Look("beauty", "beauty cosmetic cosmetics skincare spa soft feminine romantic delicate pastel glow serum",
         "elegant", 500, "modernist", 400, 1.02, 0.0, scale=1.12, align="center", button="outline-pill", badge="circle",
         decor="rule", ground="tint", aesthetic="Pastel", lighting="soft-studio"),
    Look("monochrome", "monochrome black-and-white noir dark moody mono",
         "geometric", 700, "geometric", 400, 1.04, -0.01, button="rect", badge="circle", ground="dark",
         aesthetic="Monochrome", lighting="dramatic"),
)  # fmt: skip
DEFAULT = LOOKS[0]

# What an occasion adds where the client left colours and shapes open; never words.
_PURPOSES: tuple[tuple[str, dict[str, str]], ...] = (
    ("black friday|cyber monday|cyber week", {"ground": "dark", "badge": "tag", "accent": "#f5c518"}),
    ("clearance|final sale|outlet|liquidation", {"badge": "burst", "accent": "#e3262e"}),
    ("holiday|christmas|xmas|new year|winter", {"badge": "circle", "accent": "#c9302c"}),
    ("valentine|mother|love|wedding", {"badge": "circle", "accent": "#d6336c"}),
    ("seasonal sale|summer sale|sale|discount|promo|deal|offer", {"badge": "burst", "accent": "#e8442e"}),
    ("spring|easter", {"accent": "#5a9e4b"}),
    ("autumn|fall|thanksgiving|halloween", {"accent": "#c8641e"}),
    ("launch|new arrival|introduc|drop|release", {"badge": "pill"}),
)


def look_for(style: str, purpose: str = "", prompt: str = "") -> tuple[Look, bool]:
    """The look for a client's words, tinted by the occasion; and whether the style's words were understood."""
    found = _matched(style)
    understood = found is not None or not style.strip()
    look = found or _matched(f"{prompt}") or (_matched(purpose) if not style.strip() else None) or DEFAULT
    for pattern, changes in _PURPOSES:
        if re.search(pattern, purpose.lower()):
            return _tinted(look, changes), understood
    return look, understood


def _tinted(look: Look, changes: dict[str, str]) -> Look:
    return replace(
        look,
        badge=changes.get("badge", look.badge),
        accent=look.accent or changes.get("accent", ""),
        ground=changes.get("ground", look.ground),
    )


def _matched(text: str) -> Look | None:
    """The look with the most of its words in the text; the earlier row wins a tie."""
    flat = f" {re.sub(r'[^a-z0-9]+', ' ', text.lower()).strip()} "
    joined = flat.replace(" ", "")
    best, most = None, 0.0
    for look in LOOKS:
        if look.id.replace("-", "") == joined:
            return look
        keys = [*look.words.split(), look.id]
        hits = sum(1.0 - 0.01 * place for place, word in enumerate(keys) if f" {word.replace('-', ' ')} " in flat)
        if hits > most:
            best, most = look, hits
    return best
