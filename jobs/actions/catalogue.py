"""Which actions there are, by dialect and name. Names that a later version brings are listed, so that asking for one
is answered honestly ("not available yet") instead of "unknown"."""

from jobs.actions.offer import Action
from storage.errors import Invalid, Unavailable
from storage.model import Dialect

PLANNED: dict[Dialect, tuple[str, ...]] = {
    Dialect.STUDIO: (
        "model",
        "ai-try-on",
        "ghost-mannequin",
    ),
}


def load_catalogue() -> dict[tuple[Dialect, str], Action]:
    """Every action that can be run today."""
    from jobs.actions import (
        ad_poster,
        bg_remove,
        clipart,
        ecommerce_detail,
        group_shot,
        lookalike,
        mockup,
        photography,
        poster,
        shelf_analysis,
        studio_template,
        upscale,
        wallart,
    )

    offers: tuple[Action, ...] = (
        wallart.ACTION,
        poster.ACTION,
        clipart.ACTION,
        upscale.ACTION,
        bg_remove.ACTION,
        photography.ACTION,
        mockup.ACTION,
        ad_poster.ACTION,
        ecommerce_detail.ACTION,
        group_shot.ACTION,
        lookalike.ACTION,
        studio_template.ACTION,
        shelf_analysis.ACTION,
    )
    return {(offer.dialect, offer.name): offer for offer in offers}


CATALOGUE = load_catalogue()


def find_action(dialect: Dialect, name: str) -> Action:
    """The action; `unsupported_action` when nobody ever heard of it, `action_unavailable` when it is still to come."""
    action = CATALOGUE.get((dialect, name))
    if action is not None:
        return action
    if name in PLANNED.get(dialect, ()):
        raise Unavailable(f"The action '{name}' is not available yet.", code="action_unavailable")
    raise Invalid(f"Unsupported action '{name}'.", field="action", reason="unsupported", code="unsupported_action")
