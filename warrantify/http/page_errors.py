"""What a page answers where a service refuses: the same errors as the API's, for people to read."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from warrantify.http.errors import TooManyRequestsError
from warrantify.http.middleware import GetResponse


class PageErrors:
    """Tells a person who asks too often to wait (429)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook, for what no view has answered."""
        if not isinstance(exception, TooManyRequestsError):
            return None
        wait = max(1, round(exception.wait))
        minutes = -(-wait // 60)
        response = render(request, "429.html", {"minutes": minutes}, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(wait)
        return response
