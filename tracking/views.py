"""Where partners look up their repairs (docs/contract.md section 6)."""

from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from partners.authentication import ApiKeyAuthentication
from partners.endpoints import PartnerView, caller_of
from tracking import batch, queries, representations
from tracking.snapshots import Head
from warrantify.http.errors import DomainError
from warrantify.http.parsers import json_body
from warrantify.http.responses import json_answer


class TrackingView(PartnerView):
    """GET where one order stands and how it got there."""

    authentication_classes = [ApiKeyAuthentication]
    limit = "tracking"

    def get(self, request: Request) -> HttpResponseBase:
        """200 with the history, 304 to a caller who has it, 400 without a reference, 404."""
        caller = caller_of(request)
        reference = request.query_params.get("ReferenceID", "").strip()
        if not reference:
            raise DomainError(representations.REFERENCE_REQUIRED)
        now = timezone.now()
        if "HTTP_IF_NONE_MATCH" in request.META or "HTTP_IF_MODIFIED_SINCE" in request.META:
            head = queries.head(caller, reference, now)
            if (response := _not_modified(request._request, head, now)) is not None:
                return response
            tracked = queries.with_history(caller, head, now)
        else:
            tracked = queries.tracked(caller, reference, now)
        return json_answer(representations.body(tracked), headers=representations.headers(tracked.head, now))


class TrackingBatchView(PartnerView):
    """GET many orders at once, named ones or those that changed since a time; POST named ones."""

    authentication_classes = [ApiKeyAuthentication]
    limit = "tracking"

    def get(self, request: Request) -> HttpResponse:
        """200 with one entry per reference or changed order; 400 where the question is none."""
        caller = caller_of(request)
        page = batch.answer(caller, request.query_params, timezone.now())
        return json_answer(page, headers={"Cache-Control": representations.CACHE_CONTROL})

    def post(self, request: Request) -> HttpResponse:
        """The same for references in a JSON body, which no URL's length bounds."""
        page = batch.answer_posted(caller_of(request), json_body(request), timezone.now())
        return json_answer(page, headers={"Cache-Control": representations.CACHE_CONTROL})


def _not_modified(request: HttpRequest, head: Head, now: datetime) -> HttpResponseBase | None:
    """A 304 where the request's own validators say so; its other preconditions are not for reading."""
    headers = representations.headers(head, now)
    response: HttpResponseBase | None
    if request.META.get("HTTP_IF_NONE_MATCH") == headers["ETag"]:  # as all but a few send it
        response = HttpResponseNotModified()
    else:
        changed_at = int(representations.last_modified(head).timestamp())
        response = get_conditional_response(request, headers["ETag"], changed_at)
        if response is None or response.status_code != HTTPStatus.NOT_MODIFIED:
            return None
    for name, value in headers.items():
        response.headers[name] = value
    return response
