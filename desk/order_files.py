"""Photos and PDFs of an order: validated, stored, and served to those who may see the order."""

from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from desk.base import clerk, counted
from desk.forms import FilesForm
from desk.models import OrderFile
from desk.order_actions import order_form
from desk.order_queries import order_or_404
from desk.submissions import FormError
from desk.widgets import DeskForm
from partners.models import User
from repairs.models import RepairOrder
from warrantify.text import UNPRINTABLE

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 20
JPEG, PDF = "image/jpeg", "application/pdf"


@order_form(FilesForm, "files_form")
def add(request: HttpRequest, order: RepairOrder, form: FilesForm) -> str:
    """Adds the files of the form to the order."""
    return store(order, form.cleaned_data["uploads"], by=clerk(request))


@order_form(DeskForm)
def remove(request: HttpRequest, order: RepairOrder, form: DeskForm, file_pk: int) -> str:
    """Deletes a file that was added by mistake."""
    delete([get_object_or_404(OrderFile, pk=file_pk, order=order)])
    return "Removed a file."


def download(request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """A file of an order; `thumbnail` asks for the small picture."""
    return serve(request, order_or_404(pk), file_pk)


def store(order: RepairOrder, uploads: "Iterable[UploadedFile[Any]]", *, by: User) -> str:
    """Stores the files, all or none; returns a sentence without their names, which may name the customer.

    Raises FormError with what is wrong.
    """
    files = [prepare(upload) for upload in uploads]
    with transaction.atomic():
        RepairOrder.objects.select_for_update(no_key=True).only("pk").get(pk=order.pk)
        if OrderFile.objects.filter(order=order).count() + len(files) > MAX_FILES:
            raise FormError(f"An order may have up to {MAX_FILES} files.")
        for file in files:
            file.order, file.added_by = order, by
            file.save()
    return f"Added {counted(len(files), 'file')}."


def prepare(upload: "UploadedFile[Any]") -> OrderFile:
    """What is kept of an upload, not saved: a PDF as it is, a picture as a JPEG without its metadata.

    Raises FormError for anything else, and past 10 MB or 50 million pixels.
    """
    name = file_name(upload.name)
    if (upload.size or 0) > MAX_BYTES:
        raise FormError(f"{name}: a file may have up to 10 MB.")
    content = upload.read()
    if content.startswith(b"%PDF-"):
        file = ContentFile(content, ".pdf")
        return OrderFile(name=name, content_type=PDF, size=file.size, file=file)
    from desk.pictures import jpegs  # loads Pillow

    try:
        file, thumbnail = jpegs(content)
    except Exception as error:  # a broken picture makes Pillow raise almost anything
        raise FormError(f"{name}: this is no JPEG, PNG, WebP or PDF that can be read.") from error
    return OrderFile(name=name, content_type=JPEG, size=file.size, file=file, thumbnail=thumbnail)


def file_name(name: str | None) -> str:
    """The name to show and to download by: no folders, nothing unprintable, at most 100 characters."""
    plain = UNPRINTABLE.sub("", (name or "").replace("\\", "/").rpartition("/")[2]).strip()
    return plain[-100:] or "file"


def serve(request: HttpRequest, order: RepairOrder, file_pk: int) -> HttpResponseBase:
    """Returns a file of `order`; the caller has checked the rights. Raises Http404 if it is gone."""
    file = get_object_or_404(OrderFile, pk=file_pk, order=order)
    is_small = "thumbnail" in request.GET
    stored = file.thumbnail if is_small else file.file
    if not stored:
        raise Http404
    try:
        content = stored.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    content_type = JPEG if is_small else file.content_type
    response = FileResponse(
        content, as_attachment=content_type == PDF, filename=file.name, content_type=content_type
    )
    # No script in it runs, whatever type a browser guesses.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def delete(files: Iterable[OrderFile]) -> None:
    """Deletes the files and their rows; where the storage fails, the row stays for another try."""
    for file in files:
        for stored in (file.file, file.thumbnail):
            if stored:
                stored.delete(save=False)
        file.delete()
