"""Reads the multipart form of bulk-order within bounds and validates it (docs/contract.md section 4)."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from repairs.fields import INVALID
from repairs.validators import validate_upload_form
from warrantify.http.errors import DomainError
from warrantify.http.parsers import content_length
from warrantify.text import REQUIRED, UNPRINTABLE

FILE_PART = "customFile"
VALIDATE_ONLY_PART = "Validate Only"

FILE_REQUIRED = "File upload is required"
FILE_TOO_LARGE = "File size cannot exceed 10 MB"
MAX_FILE_NAME = 255


class Upload(NamedTuple):
    """A validated form: who gets the summary, and the file's name and bytes (not yet looked at)."""

    client_email: str
    client_name: str
    validate_only: bool
    file_name: str
    content: bytes


class _BoundedFile(FileUploadHandler):
    """Keeps `customFile` in memory up to the limit; past it only counts. Other files are skipped."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != FILE_PART:
            raise SkipFile
        self._kept: list[bytes] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= settings.MAX_UPLOAD_FILE_BYTES:
            self._kept.append(raw_data)
        else:
            self._kept.clear()

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        assert self.file_name is not None
        file = SimpleUploadedFile(self.file_name, b"".join(self._kept))
        file.size = file_size
        return file


def read_upload(request: Request) -> Upload:
    """The request's form, read past DRF's parser, which knows no limit.

    A body over `MAX_UPLOAD_BODY_BYTES` is refused unread. Raises UnsupportedMediaType (415) and
    DomainError (400), the latter with the first breach in the order of the table.
    """
    parts, file = _parse(request._request)
    result = validate_upload_form(parts)
    errors, message = result.errors, result.message
    if file is None:
        errors[FILE_PART] = [REQUIRED]
        message = message or FILE_REQUIRED
    elif (file.size or 0) > settings.MAX_UPLOAD_FILE_BYTES:
        errors[FILE_PART] = [f"{FILE_TOO_LARGE}."]
        message = message or FILE_TOO_LARGE
    if file is None or errors:
        raise DomainError(message, errors)
    return Upload(
        **result.values,
        validate_only=parts.get(VALIDATE_ONLY_PART, "").strip().lower() == "true",
        file_name=UNPRINTABLE.sub("\ufffd", file.name or "")[:MAX_FILE_NAME],
        content=file.read(),
    )


def _parse(request: HttpRequest) -> "tuple[Mapping[str, str], UploadedFile[bytes] | None]":
    length = content_length(request)
    if not length and not request.content_type:
        return {}, None
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType(request.content_type or "")
    if length > settings.MAX_UPLOAD_BODY_BYTES:
        raise DomainError(FILE_TOO_LARGE, {FILE_PART: [f"{FILE_TOO_LARGE}."]})
    try:
        form = MultiPartParser(request.META, request, [_BoundedFile(request)], "utf-8")
        parts, files = form.parse()
    except MultiPartParserError:
        raise DomainError(INVALID) from None
    return cast(Mapping[str, str], parts), files.get(FILE_PART)
