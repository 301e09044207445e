"""The twenty-four aesthetics as rows: which stages suit, which colours their painted parts take, which light and print.

Data only; a direction chooses among what a row offers by its seed.
"""

from dataclasses import dataclass

from jobs.imaging.scenery.setting import Grade

Palette = tuple[str, ...]


@dataclass(frozen=True)
class Aesthetic:
    """`stages`: best first, the first two are chosen from; `palette`: sRGB hex for painted surfaces, () leaves them as
    baked; `light`, `air`: ids; `grade`: the print."""

    id: str
    stages: tuple[str, ...]
    palette: Palette
    light: str
    grade: Grade
    air: str = "None"


def _row(name: str, stages: str, palette: str, light: str, grade: Grade, air: str = "None") -> Aesthetic:
    return Aesthetic(name, tuple(stages.split()), tuple(palette.split()), light, grade, air)


AESTHETICS: dict[str, Aesthetic] = {
    each.id: each
    for each in (
        _row("Minimalist", "sweep minimal-gray studio-white", "#e4e0d9 #dcdedd #d8d2c8 #cfd5d3", "soft-studio",
             Grade(contrast=0.03, saturation=0.96, vignette=0.06)),
        _row("Luxury", "luxury-interior marble sweep", "#2f2a26 #3d342c #20352f #282d40", "cinematic",
             Grade(contrast=0.12, saturation=1.02, lights=(0.012, 0.004, -0.012), vignette=0.26, bloom=0.09)),
        _row("Cyberpunk", "cyberpunk-city neon-street sweep", "#2a1d45 #14263f", "neon-glow",
             Grade(contrast=0.14, saturation=1.14, shadows=(0.0, 0.006, 0.03), vignette=0.28, bloom=0.16), "Wet"),
        _row("Rustic", "kitchen wood fabric sweep", "#8a6a4a #7a5b43 #9a7f5f", "natural-sunlight",
             Grade(contrast=0.06, saturation=0.94, shadows=(0.014, 0.006, -0.006), lights=(0.012, 0.004, -0.014),
                   vignette=0.2, grain=1.5)),
        _row("Pop Art", "sweep plinths acrylic", "#ffcf1f #ff4f8b #16b5e8 #ff5a36 #7a4dff", "high-key",
             Grade(contrast=0.16, saturation=1.22, vignette=0.0, bloom=0.0)),
        _row("Scandinavian", "shelf modern-loft wood sweep", "#dfe3e0 #e6e1d8 #c9d3d4", "soft-studio",
             Grade(contrast=0.0, saturation=0.88, shadows=(0.004, 0.008, 0.012), fade=0.02, vignette=0.06)),
        _row("Industrial", "industrial-warehouse concrete sweep", "#6f7173 #5d6062", "cinematic",
             Grade(contrast=0.14, saturation=0.80, shadows=(-0.004, 0.002, 0.010), vignette=0.24, grain=1.7)),
        _row("Bohemian", "fabric sand plinths sweep", "#c4764f #b5654a #cf9a5b #a8705e", "golden-hour",
             Grade(contrast=0.03, saturation=1.04, shadows=(0.016, 0.002, 0.004), fade=0.02, vignette=0.16)),
        _row("Vintage", "cafe wood shelf sweep", "#b59f7a #9b8f74 #a98d78", "natural-sunlight",
             Grade(contrast=-0.04, saturation=0.74, shadows=(0.030, 0.014, 0.004), lights=(0.012, 0.006, -0.034),
                   fade=0.055, vignette=0.34, grain=2.6)),
        _row("Retro", "plinths sweep cafe", "#e8a33d #2f9c95 #e4633f #d9c9a3", "soft-studio",
             Grade(contrast=0.05, saturation=1.05, shadows=(0.022, 0.004, 0.018), lights=(0.014, 0.006, -0.022),
                   fade=0.035, vignette=0.14, grain=2.0)),
        _row("ArtDeco", "plinths luxury-interior sweep", "#10302b #14213d #1c1c1f #3b1420", "dramatic",
             Grade(contrast=0.10, saturation=1.04, lights=(0.018, 0.006, -0.020), vignette=0.3, bloom=0.1)),
        _row("Japandi", "wood shelf sweep", "#cfc5b4 #b9b3a4 #a9a596", "soft-studio",
             Grade(contrast=0.02, saturation=0.82, shadows=(0.008, 0.004, 0.0), fade=0.015, vignette=0.14)),
        _row("Mediterranean", "garden plinths sand sweep", "#eae3d3 #d8e3ea #e2b48c", "natural-sunlight",
             Grade(contrast=0.08, saturation=1.10, lights=(0.010, 0.005, -0.010), vignette=0.05)),
        _row("Tropical", "beach-sunset garden sand sweep", "#1fa38a #f6b23c #f0765a", "natural-sunlight",
             Grade(contrast=0.08, saturation=1.18, shadows=(-0.004, 0.008, 0.010), vignette=0.06)),
        _row("Organic", "nature-park wood garden sweep", "#a9b08f #b7a98a #8f9c7c", "natural-sunlight",
             Grade(contrast=0.02, saturation=0.95, shadows=(0.0, 0.010, 0.0), vignette=0.1)),
        _row("HighTech", "acrylic minimal-gray sweep", "#46525f #c7d0d8 #3c4f66", "cinematic",
             Grade(contrast=0.12, saturation=0.90, shadows=(-0.006, 0.002, 0.018), lights=(-0.008, 0.002, 0.012),
                   vignette=0.22, bloom=0.1)),
        _row("Futuristic", "acrylic cyberpunk-city sweep", "#c9c4ff #a9d8ff #d7b8ff", "neon-glow",
             Grade(contrast=0.06, saturation=0.98, shadows=(0.004, 0.0, 0.022), vignette=0.14, bloom=0.16)),
        _row("Pastel", "plinths sweep acrylic", "#f7cdd6 #cfe6f5 #d8efd8 #e6d8f5 #fde3c8", "high-key",
             Grade(contrast=-0.05, saturation=0.95, fade=0.02, vignette=0.0, bloom=0.08)),
        _row("Monochrome", "concrete minimal-gray sweep", "#8d8d8d #5b5b5b #bdbdbd", "dramatic",
             Grade(contrast=0.16, saturation=0.0, vignette=0.24, grain=2.2)),
        _row("Editorial", "sweep fabric plinths", "#a33b2f #31473a #c8b79c #3c4a6b", "ring-light",
             Grade(contrast=0.14, saturation=0.98, shadows=(0.0, 0.002, 0.006), vignette=0.2, grain=1.7)),
        _row("Streetwear", "urban-street rooftop concrete sweep", "#d6ff3f #ff6a2b #3d3f42", "natural-sunlight",
             Grade(contrast=0.18, saturation=0.92, shadows=(-0.004, 0.004, 0.010), vignette=0.22, grain=2.2)),
        _row("Festive", "fabric luxury-interior marble sweep", "#8c1622 #14452f #a5202b", "golden-hour",
             Grade(contrast=0.08, saturation=1.08, lights=(0.012, 0.002, -0.012), vignette=0.24, bloom=0.14), "Bokeh"),
        _row("Botanical", "garden plinths sweep", "#3f5f45 #6f8a62 #2f4f44", "soft-studio",
             Grade(contrast=0.06, saturation=1.02, shadows=(-0.004, 0.010, 0.002), vignette=0.18)),
        _row("Marble", "marble", "#e9e6e2 #d9d4cf", "soft-studio",
             Grade(contrast=0.05, saturation=0.94, vignette=0.08)),
    )
}  # fmt: skip
