"""What form an answer takes: the endpoint's own, whatever `Accept` says."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneForm(DefaultContentNegotiation):
    """Each endpoint has one form of answer; a client with an odd `Accept` gets it, not a 406."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The view's first renderer."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
