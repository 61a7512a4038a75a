"""Reads the multipart form of bulk-order within bounds, and judges its parts (CONTRACT section 4)."""

from collections.abc import Mapping
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.request import Request

from repairs.fields import INVALID
from repairs.validators import judge_upload_form
from warrantify.errors import DomainError
from warrantify.text import REQUIRED, UNPRINTABLE

FILE_PART = "customFile"
VALIDATE_ONLY_PART = "Validate Only"

FILE_REQUIRED = "File upload is required"
FILE_TOO_LARGE = "File size cannot exceed 10 MB"
MAX_FILE_NAME = 255


class Upload(NamedTuple):
    """A judged form: who gets the summary, and the file's name and bytes (not yet looked at)."""

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


class UploadParser(BaseParser):
    """DRF's way to the form; a body over `MAX_UPLOAD_BODY_BYTES` is refused unread."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """Raises DomainError (400) where the body is too long or is no multipart form."""
        assert parser_context is not None  # DRF always passes it
        request = parser_context["request"]._request
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_UPLOAD_BODY_BYTES:
            raise DomainError(FILE_TOO_LARGE, {FILE_PART: [f"{FILE_TOO_LARGE}."]})
        try:
            form = MultiPartParser(request.META, request, [_BoundedFile(request)], "utf-8")
            return DataAndFiles(*form.parse())
        except MultiPartParserError:
            raise DomainError(INVALID) from None


def read_upload(request: Request) -> Upload:
    """The request's form; raises DomainError (400) with the first breach in the order of the table."""
    form = cast(Mapping[str, str], request.data)
    file = request.FILES.get(FILE_PART)
    judgement = judge_upload_form(form)
    errors, message = judgement.errors, judgement.message
    if file is None:
        errors[FILE_PART] = [REQUIRED]
        message = message or FILE_REQUIRED
    elif (file.size or 0) > settings.MAX_UPLOAD_FILE_BYTES:
        errors[FILE_PART] = [f"{FILE_TOO_LARGE}."]
        message = message or FILE_TOO_LARGE
    if file is None or errors:
        raise DomainError(message, errors)
    return Upload(
        **judgement.values,
        validate_only=form.get(VALIDATE_ONLY_PART, "").strip().lower() == "true",
        file_name=UNPRINTABLE.sub("\ufffd", file.name or "")[:MAX_FILE_NAME],
        content=file.read(),
    )
