"""Photos and PDFs of an order: validated, stored, and served to those who may see the order."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple
from uuid import uuid4

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from PIL import Image, ImageOps

from desk.base import action, require
from desk.internal import FilesForm
from desk.models import OrderFile
from desk.order_page import CORRECT, RECORD, VIEW, clerk, find, log, show_refused
from desk.queue import order_url
from desk.submissions import FormError, submit
from partners.models import User
from repairs.models import RepairOrder
from warrantify.text import UNPRINTABLE

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 20
MAX_PIXELS = 50_000_000
MAX_SIDE, THUMBNAIL_SIDE = 2560, 320
JPEG, PDF = "image/jpeg", "application/pdf"
IMAGE_FORMATS = ("JPEG", "PNG", "WEBP")


class Stored(NamedTuple):
    """What is kept of an uploaded file."""

    content: bytes
    content_type: str
    extension: str
    thumbnail: bytes = b""


@action
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds the files of the form to the order: all, or none where one is refused."""
    require(request, RECORD)
    order = find(pk)
    form = FilesForm(request.POST, request.FILES)
    if response := receive(request, order, form, order_url(pk)):
        return response
    return show_refused(request, order, files_form=form)


@action
def remove(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """Deletes a file that was added by mistake."""
    require(request, CORRECT)
    order = find(pk)
    form = forms.Form(request.POST)

    def write() -> str:
        file = get_object_or_404(OrderFile, pk=file_pk, order=order)
        delete([file])
        log(request, order, "Removed a file.")
        return f'Removed "{file.name}".'

    return submit(request, form, write, order_url(pk)) or show_refused(request, order, refusal=form.errors)


def download(request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """A file of an order; `thumbnail` asks for the small picture."""
    require(request, VIEW)
    return serve(request, find(pk), file_pk)


def receive(request: HttpRequest, order: RepairOrder, form: FilesForm, to: str) -> HttpResponse | None:
    """Stores the files of a form once and leads to `to`; None with the form's errors where refused."""

    def write() -> str:
        count = store(order, form.cleaned_data["uploads"], by=clerk(request))
        what = f"Added {count} file{'' if count == 1 else 's'}."
        log(request, order, what)  # without their names, which may name the customer
        return what

    return submit(request, form, write, to) if form.is_valid() else None


def store(order: RepairOrder, uploads: "Iterable[UploadedFile[Any]]", *, by: User) -> int:
    """Stores the files, all or none; returns how many. Raises FormError with what is wrong."""
    prepared = [(file_name(upload.name), prepare(upload)) for upload in uploads]
    with transaction.atomic():
        RepairOrder.objects.select_for_update(no_key=True).only("pk").get(pk=order.pk)
        if OrderFile.objects.filter(order=order).count() + len(prepared) > MAX_FILES:
            raise FormError(f"An order may have up to {MAX_FILES} files.")
        for name, stored in prepared:
            _save(order, name, stored, by)
    return len(prepared)


def prepare(upload: "UploadedFile[Any]") -> Stored:
    """What is kept of an upload: a PDF as it is, a picture as a JPEG without its metadata.

    Raises FormError for anything else, and past 10 MB or 50 million pixels.
    """
    name = file_name(upload.name)
    if (upload.size or 0) > MAX_BYTES:
        raise FormError(f"{name}: a file may have up to 10 MB.")
    content = upload.read()
    if content.startswith(b"%PDF-"):
        return Stored(content, PDF, "pdf")
    try:
        return _jpeg(content)
    # Whatever a broken picture makes the library raise: OSError, ValueError, SyntaxError, struct.error, ...
    except Exception as error:
        raise FormError(f"{name}: this is no JPEG, PNG, WebP or PDF that can be read.") from error


def file_name(name: str | None) -> str:
    """The name to show and to download by: no folders, nothing unprintable, at most 100 characters."""
    plain = UNPRINTABLE.sub("", (name or "").replace("\\", "/").rpartition("/")[2]).strip()
    return plain[-100:] or "file"


def serve(request: HttpRequest, order: RepairOrder, file_pk: int) -> HttpResponseBase:
    """The response with a file of `order`; the caller has checked who asks. 404 where it is gone."""
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
    # Nothing in it may run, whatever a browser takes it for.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def delete(files: Iterable[OrderFile]) -> None:
    """Deletes the files and their rows.

    The storage comes first: where it fails nothing is recorded as deleted, and deleting can be asked
    for again. A row whose file is gone answers 404.
    """
    for file in files:
        for stored in (file.file, file.thumbnail):
            if stored:
                stored.delete(save=False)
        file.delete()


def _save(order: RepairOrder, name: str, stored: Stored, by: User) -> None:
    folder, key = f"orders/{order.pk}", uuid4().hex
    file = OrderFile(
        order=order, name=name, content_type=stored.content_type, size=len(stored.content), added_by=by
    )
    file.file.save(f"{folder}/{key}.{stored.extension}", ContentFile(stored.content), save=False)
    if stored.thumbnail:
        file.thumbnail.save(f"{folder}/{key}-small.jpg", ContentFile(stored.thumbnail), save=False)
    file.save()


def _jpeg(content: bytes) -> Stored:
    with Image.open(BytesIO(content), formats=IMAGE_FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at about this size
        upright = ImageOps.exif_transpose(picture)
        rgb = _on_white(upright)
    rgb.thumbnail((MAX_SIDE, MAX_SIDE))
    full = _encoded(rgb)
    rgb.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Stored(full, JPEG, "jpg", _encoded(rgb))


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG has not."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    background = Image.new("RGB", layer.size, "white")
    background.paste(layer, mask=layer.getchannel("A"))
    return background


def _encoded(picture: Image.Image) -> bytes:
    """As JPEG; neither place nor camera goes with it."""
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=85, optimize=True)
    return encoded.getvalue()
