"""The mockup endpoints of the contract, which a later version brings: they say so, in the dialect's form, and charge
nothing."""

from typing import NoReturn

from flask.views import MethodView

from batch_api.print_shop.entrance import blueprint, described
from storage.errors import Unavailable

TAG = "print mockups"


def not_yet() -> NoReturn:
    raise Unavailable("Mockups are not available in this version yet; nothing was charged.", code="action_unavailable")


@blueprint.route("/v1/mockups")
class Mockups(MethodView):
    @described("createMockup", TAG)
    def post(self) -> NoReturn:
        """One template, one design (not available yet)"""
        not_yet()


@blueprint.route("/v1/mockups/templates")
class MockupTemplates(MethodView):
    @described("listMockupTemplates", TAG)
    def get(self) -> NoReturn:
        """List mockup templates (not available yet)"""
        not_yet()

    @described("createMockupTemplate", TAG)
    def post(self) -> NoReturn:
        """Add a mockup template (not available yet)"""
        not_yet()
