"""What words mean for a scene: places, surfaces, light, air, moods, props, and the words that ask for people.

Data and look-up; never chooses between two meanings and never fails on a text.
"""

import re
from collections.abc import Iterable, Mapping

from jobs.imaging.colour_words import Rgb, parse_colour

SURFACES = {
    "marble": "marble", "wood": "wood", "concrete": "concrete", "fabric": "fabric", "glass": "acrylic", "sand": "sand",
    "water": "water", "acrylic": "acrylic", "none": "sweep",
}  # fmt: skip

# A stage, and the words that ask for it. Longer phrases are looked for first.
STAGE_WORDS: dict[str, str] = {
    "marble": "marble|stone slab|travertine|granite|onyx|terrazzo|vanity|bathroom",
    "wood": "wood|wooden|oak|walnut|timber|bamboo|table|tabletop|desk|plank|planks|cutting board|log",
    "concrete": "concrete|cement|plaster|brutalist|slate|stone|rock|rocks",
    "fabric": "fabric|linen|cloth|velvet|silk|satin|textile|blanket|wool|cotton|bed|bedroom|drape|drapery|sofa",
    "sand": "sand|sandy|dune sand",
    "water": "water|pool|sea|ocean|lake|ripples|underwater|aquatic",
    "acrylic": "acrylic|glass|plexiglass|mirror|translucent|transparent blocks|prism|glassy|laboratory|lab",
    "plinths": "plinth|plinths|podium|podiums|pedestal|pedestals|geometric|geometry|platform|display stand|arch|arches|"
    "cylinder|cylinders|blocks|cubes|steps",
    "shelf": "shelf|shelves|bookshelf|sideboard|mantel|ledge|store|shop|retail",
    "kitchen": "kitchen|countertop|counter|cooking|breakfast|bakery|chef|pantry",
    "cafe": "cafe|café|coffee shop|coffeehouse|bistro|bar counter|restaurant|bar|pub",
    "garden": "garden|terrace|patio|greenhouse|backyard|orchard|flower bed|botanical garden|plants|foliage|leaves",
    "rooftop": "rooftop|skyline|roof terrace|balcony|penthouse|city view",
    "neon-street": "neon|neon street|night street|night city|nightlife|tokyo|arcade|night market|club",
    "studio-white": "studio white|white studio|white background|pure white|white cyclorama|catalogue|catalog",
    "minimal-gray": "minimal gray|minimal grey|grey studio|gray studio|gray background|grey background|grey seamless",
    "urban-street": "urban street|street|urban|sidewalk|pavement|alley|downtown|city|asphalt|graffiti|skate park",
    "luxury-interior": "luxury interior|hotel|palace|mansion|boutique|salon|suite|lobby|opulent|ballroom|"
    "penthouse interior",
    "modern-loft": "modern loft|loft|living room|apartment|home|interior|lounge|office|room|window light",
    "nature-park": "nature park|nature|park|forest|woods|meadow|grass|lawn|mountain|mountains|field|moss|"
    "jungle|outdoor|outdoors",
    "beach-sunset": "beach sunset|beach|seaside|shore|coast|sunset beach|seashore|tropical beach|island",
    "desert-dunes": "desert dunes|desert|dunes|dune|sahara|canyon|arid",
    "industrial-warehouse": "industrial warehouse|warehouse|factory|garage|workshop|industrial|hangar|gym",
    "cyberpunk-city": "cyberpunk city|cyberpunk|sci-fi city|futuristic city|blade runner|dystopian|hologram",
    "sweep": "seamless|backdrop|sweep|plain background|plain backdrop|cyclorama|paper roll|studio backdrop|"
    "infinity cove|solid background|gradient background",
}

# When a stage is not installed, what comes nearest. Everything ends at the sweep.
NEAREST: dict[str, tuple[str, ...]] = {
    "marble": ("concrete", "plinths"), "wood": ("kitchen", "shelf", "concrete"), "concrete": ("minimal-gray", "marble"),
    "fabric": ("plinths", "sand"), "sand": ("desert-dunes", "beach-sunset", "fabric"), "water": ("acrylic", "marble"),
    "acrylic": ("plinths", "water"), "plinths": ("marble", "acrylic"), "shelf": ("modern-loft", "wood", "kitchen"),
    "kitchen": ("wood", "marble", "cafe"), "cafe": ("kitchen", "wood", "modern-loft"),
    "garden": ("nature-park", "wood"), "rooftop": ("urban-street", "garden", "concrete"),
    "neon-street": ("cyberpunk-city", "urban-street", "acrylic"), "studio-white": ("sweep",),
    "minimal-gray": ("sweep", "concrete"), "urban-street": ("rooftop", "concrete", "neon-street"),
    "luxury-interior": ("marble", "modern-loft", "shelf"), "modern-loft": ("shelf", "kitchen", "wood"),
    "nature-park": ("garden", "wood"), "beach-sunset": ("sand", "desert-dunes", "water"),
    "desert-dunes": ("sand", "beach-sunset"), "industrial-warehouse": ("concrete", "urban-street"),
    "cyberpunk-city": ("neon-street", "acrylic"), "marble-top": ("concrete-top", "sweep-top"),
    "wood-top": ("concrete-top", "sweep-top"), "concrete-top": ("marble-top", "sweep-top"),
    "fabric-top": ("sand-top", "sweep-top"), "sand-top": ("fabric-top", "sweep-top"), "sweep-top": ("concrete-top",),
}  # fmt: skip

# What one stands on at a place, for a view from above.
GROUND_OF = {
    "kitchen": "wood", "cafe": "wood", "shelf": "wood", "garden": "wood", "nature-park": "wood", "modern-loft": "wood",
    "beach-sunset": "sand", "desert-dunes": "sand", "luxury-interior": "marble", "acrylic": "sweep", "plinths": "sweep",
    "water": "sweep", "studio-white": "sweep", "minimal-gray": "sweep", "urban-street": "concrete",
    "rooftop": "concrete", "neon-street": "concrete", "industrial-warehouse": "concrete", "cyberpunk-city": "concrete",
}  # fmt: skip

# The light that a place is known in, where nothing else is said.
LIGHT_OF = {
    "neon-street": "neon-glow", "cyberpunk-city": "neon-glow", "beach-sunset": "golden-hour",
    "desert-dunes": "golden-hour", "garden": "natural-sunlight", "nature-park": "natural-sunlight",
    "urban-street": "natural-sunlight", "rooftop": "golden-hour", "luxury-interior": "cinematic",
    "industrial-warehouse": "cinematic", "studio-white": "high-key", "water": "natural-sunlight",
    "sand": "natural-sunlight", "kitchen": "natural-sunlight", "cafe": "cinematic",
}  # fmt: skip

LIGHT_WORDS: dict[str, str] = {
    "cinematic": "cinematic|film still|movie|moody|teal and orange|anamorphic",
    "soft-studio": "soft studio|studio light|softbox|soft light|diffused|diffuse light|even light|"
    "soft shadows|gentle light",
    "natural-sunlight": "natural sunlight|sunlight|sunny|daylight|morning|noon|midday|natural light|sun|"
    "summer|bright day",
    "golden-hour": "golden hour|golden|sunset|sunrise|dusk|dawn|warm light|evening|candlelight|candle|autumn|cozy|cosy",
    "dramatic": "dramatic|chiaroscuro|low key|low-key|dark and moody|spotlight|high contrast|noir|dark|"
    "black background",
    "high-key": "high key|high-key|bright|airy|light and airy|bright white|fresh and clean|clean",
    "neon-glow": "neon glow|neon|glowing|ultraviolet|uv light|cyber|synthwave|vaporwave|disco|party",
    "moonlight": "moonlight|moonlit|moon|night|midnight|nocturnal|starry",
    "ring-light": "ring light|ring-light|beauty light|flash|direct flash|paparazzi",
}
AIR_WORDS: dict[str, str] = {
    "Foggy": "foggy|fog|mist|misty|haze|hazy|cloudy",
    "Wet": "wet|rain|rainy|dew|puddle|puddles|drizzle|damp|after the rain|glossy floor|reflective floor",
    "Cinematic depth": "cinematic depth|shallow depth|depth of field|blurred background|bokeh background|out of focus",
    "Dusty": "dusty|dust|sandstorm|gritty|powder",
    "Splash": "splash|splashing|splashes|droplets|water drops|juice splash|refreshing",
    "Snow": "snow|snowy|snowfall|winter|frost|frosty|ice|icy|snowflakes",
    "Smoke": "smoke|smoky|smoking|steam|vapour|vapor|incense",
    "Bokeh": "bokeh|fairy lights|twinkling|twinkle|christmas|festive lights|sparkle|glitter|string lights|confetti",
    "Golden haze": "golden haze|sun haze|sun rays|sunbeams|god rays|light rays|dreamy",
}
AESTHETIC_WORDS = {
    "Minimalist": "minimalist|minimal|minimalism|clean look",
    "Luxury": "luxury|luxurious|premium|elegant|opulent|high end|high-end",
    "Cyberpunk": "cyberpunk", "Rustic": "rustic|farmhouse|country|countryside", "Pop Art": "pop art|pop-art|comic",
    "Scandinavian": "scandinavian|nordic|hygge|scandi",
    "Industrial": "industrial|urban loft",
    "Bohemian": "bohemian|boho",
    "Vintage": "vintage|antique|nostalgic|old-fashioned", "Retro": "retro|70s|seventies|80s|eighties|mid-century",
    "ArtDeco": "art deco|art-deco|gatsby|1920s", "Japandi": "japandi|zen|wabi-sabi|wabi sabi|japanese",
    "Mediterranean": "mediterranean|greek|santorini|italian", "Tropical": "tropical|exotic|summer vibes|hawaii",
    "Organic": "organic|natural|earthy|eco|sustainable", "HighTech": "high tech|high-tech|tech|technology|gadget",
    "Futuristic": "futuristic|sci-fi|space age|holographic|iridescent", "Pastel": "pastel|pastels|candy",
    "Monochrome": "monochrome|black and white|black-and-white|greyscale|grayscale",
    "Editorial": "editorial|magazine|vogue|fashion",
    "Streetwear": "streetwear|hypebeast|hip hop|skate",
    "Festive": "festive|christmas|holiday|xmas|new year|celebration|diwali|valentine",
    "Botanical": "botanical|herbal|floral|leafy", "Marble": "marble aesthetic",
}  # fmt: skip
AIR_ALIASES = {
    "fog": "Foggy", "mist": "Foggy", "misty": "Foggy", "rain": "Wet", "rainy": "Wet", "dust": "Dusty",
    "depth": "Cinematic depth", "clear": "None", "no": "None", "snowy": "Snow", "haze": "Golden haze",
}  # fmt: skip
PEOPLE = (
    "person|people|woman|women|man|men|girl|boy|child|kid|model|hand|hands|face|crowd|couple|family|lady|guy|holding|"
    "worn by|wearing|portrait|baby|human|dog|cat|animal"
)
PROP_WORDS: dict[str, str] = {
    "leaf": "leaf|leaves|monstera|palm|eucalyptus|greenery|foliage",
    "flower": "flower|flowers|rose|roses|bouquet|blossom|petals",
    "stone": "stone|stones|pebble|pebbles|rock|rocks", "candle": "candle|candles", "book": "book|books",
    "lemon": "lemon|lemons|citrus|lime", "orange": "orange|oranges|fruit|fruits", "cup": "cup|mug|coffee cup|tea cup",
    "vase": "vase|vases|pot", "cloth": "cloth|napkin|towel|linen", "wood-slice": "wood slice|log|branch|twig|driftwood",
    "ice": "ice|ice cubes|ice cube", "gift": "gift|gifts|present|presents|ribbon", "shell": "shell|shells|seashell",
    "plant": "plant|plants|succulent|cactus", "sphere": "sphere|spheres|ball|balls", "cube": "cube|cubes|block|blocks",
    "cinnamon": "cinnamon|spice|spices", "beans": "beans|coffee beans", "glass": "glass|tumbler",
}  # fmt: skip
_NEGATION = re.compile(r"\b(?:no|without|not|avoid|never|free of)\s+(?:any\s+)?[\w-]+(?:\s+n?or\s+[\w-]+)*")
_ARTICLES = frozenset({"a", "an", "the", "on", "with", "in", "of", "background", "backdrop", "bg", "color", "colour"})
_THINGS = frozenset({
    "rose", "wine", "sand", "mint", "sage", "peach", "camel", "cream", "orange", "lime", "chocolate", "salmon",
    "tomato",
    "olive", "gold", "silver", "snow", "linen", "plum", "orchid", "coral", "lavender",
})  # fmt: skip
_WORD = re.compile(r"#[0-9a-f]{3,6}\b|[^\W_]+(?:[-'][^\W_]+)*")


def cleaned(text: str) -> str:
    """Lower case, control characters gone, at most 6 000 characters; what is negated ("no people") is taken out."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[:6000]).lower().split())
    return _NEGATION.sub(" ", plain)


def matched(text: str, words: Mapping[str, str]) -> list[tuple[int, str, str]]:
    """(place, id, phrase) of every id whose words occur in the text, longest phrase first, then by place."""
    found = []
    for name, phrases in words.items():
        pattern = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, by_length(phrases.split("|")))) + r")(?![\w-])")
        hit = max(pattern.finditer(text), key=lambda each: len(each.group()), default=None)
        if hit:
            found.append((hit.start(), name, hit.group()))
    return sorted(found, key=lambda each: (-len(each[2]), each[0]))


def by_length(phrases: Iterable[str]) -> list[str]:
    return sorted(phrases, key=len, reverse=True)


def colours_in(text: str) -> list[Rgb]:
    """The sRGB colours named in a text, in their order: runs of up to three words, longest first."""
    words = _WORD.findall(text)
    found: list[Rgb] = []
    place = 0
    while place < len(words):
        for many in (3, 2, 1):
            run = words[place : place + many]
            colour = parse_colour(" ".join(run)) if len(run) == many and is_colourful(run) else None
            if colour is None and many == 2 and len(run) == 2 and run[0] in _THINGS and parse_colour(run[1]):
                colour = parse_colour(run[0])
            if colour is not None:
                found.append(colour)
                place += many
                break
        else:
            place += 1
    return found


def is_colourful(run: list[str]) -> bool:
    """No article before it, no things that are colours only beside a colour's name ("a rose", but "rose pink"), no
    words that are hex digits only by accident ("face", "decade", "2020")."""
    if run[0] in _ARTICLES or (len(run) == 1 and run[0] in _THINGS):
        return False
    return run[0].startswith("#") or not any(
        re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", word) for word in run if word != "red"
    )
