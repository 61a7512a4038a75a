"""Notes, photos and PDFs of an order: added, shown to those who may see the order, erased."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image
from rest_framework.test import APIClient

from desk.models import OrderFile, OrderNote
from partners.services import NewPartner
from tests.support.staff import at_desk, staff
from tests.support.tracked_orders import make_tracked
from tracking.models import OrderTracking

OTHERS = ("Auditors", "Partner managers")
PDF = b"%PDF-1.4\n<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path
    yield tmp_path


@pytest.fixture
def order(acme: NewPartner) -> OrderTracking:
    return make_tracked(acme.partner, "assigned")


def url(name: str, *args: int) -> str:
    return reverse(f"admin:repairs_repairorder_{name}", args=args)


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, "teal").save(content, kind, **options)
    return content.getvalue()


def add(desk: Client, order: OrderTracking, *contents: bytes, name: str = "a.png") -> Any:
    files = [SimpleUploadedFile(name, content) for content in contents]
    return desk.post(url("files", order.pk), {"uploads": files}, follow=True)


def stored_files(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_a_note_stands_on_the_timeline(order: OrderTracking) -> None:
    page = at_desk("Operations").post(url("note", order.pk), {"text": "Ring twice <b>"}, follow=True)

    assert "Ring twice &lt;b&gt;" in page.text
    assert OrderNote.objects.get().written_by.username == "operations"


def test_a_note_never_reaches_the_partner(acme: NewPartner, order: OrderTracking) -> None:
    at_desk("Operations").post(url("note", order.pk), {"text": "Ring twice"})

    client = APIClient(headers={"X-API-Key": acme.api_key})
    answer = client.get("/api/warrantify/claim/tracking/", {"ReferenceID": "REP10001"})

    assert answer.status_code == 200
    assert "Ring twice" not in answer.text


def test_an_empty_note_is_refused(order: OrderTracking) -> None:
    page = at_desk("Operations").post(url("note", order.pk), {"text": " "})

    assert "This field is required." in page.text
    assert not OrderNote.objects.exists()


def test_a_photo_is_kept_as_a_jpeg_without_its_metadata(order: OrderTracking) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"

    add(at_desk("Operations"), order, picture("JPEG", (4000, 3000), exif=exif))

    file = OrderFile.objects.get()
    content = file.file.read()
    assert (file.content_type, b"SECRETCAMERA" in content) == ("image/jpeg", False)
    with Image.open(BytesIO(content)) as kept, Image.open(file.thumbnail) as small:
        assert (kept.size, small.size) == ((2560, 1920), (320, 240))


def test_a_pdf_is_kept_as_it_is_and_only_downloaded(order: OrderTracking) -> None:
    desk = at_desk("Operations")
    add(desk, order, PDF, name="bill.pdf")

    answer = desk.get(url("file", order.pk, OrderFile.objects.get().pk))

    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="bill.pdf"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def png_bomb() -> bytes:
    """A small PNG that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html><script>alert(1)</script>", "no JPEG, PNG, WebP or PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no JPEG, PNG, WebP or PDF"),
        (picture()[:200], "no JPEG, PNG, WebP or PDF"),
        (png_bomb(), "no JPEG, PNG, WebP or PDF"),
        (b"%PDF-" + bytes(10 * 1024 * 1024), "up to 10 MB"),
    ],
    ids=["html", "svg", "cut", "bomb", "big"],
)
def test_what_is_no_good_file_is_refused(
    order: OrderTracking, media: Path, content: bytes, reason: str
) -> None:
    page = add(at_desk("Operations"), order, picture(), content)

    assert reason in page.text
    assert not OrderFile.objects.exists() and stored_files(media) == []


def test_an_order_has_up_to_twenty_files(order: OrderTracking) -> None:
    page = add(at_desk("Operations"), order, *[PDF] * 21)

    assert "up to 20 files" in page.text
    assert not OrderFile.objects.exists()


def test_a_file_opens_to_those_who_may_see_the_order(order: OrderTracking) -> None:
    add(at_desk("Operations"), order, picture(), name="../../x\n.png")
    file = OrderFile.objects.get()

    asked = {group: at_desk(group).get(url("file", order.pk, file.pk)).status_code for group in OTHERS}

    assert file.name == "x.png"
    assert asked == {"Auditors": 200, "Partner managers": 403}
    assert Client().get(url("file", order.pk, file.pk)).status_code == 302


def test_a_file_of_another_order_is_not_found(acme: NewPartner, order: OrderTracking) -> None:
    other, desk = make_tracked(acme.partner, reference="B"), at_desk("Operations")
    add(desk, order, picture())

    assert desk.get(url("file", other.pk, OrderFile.objects.get().pk)).status_code == 404


def test_a_removed_file_leaves_the_storage(order: OrderTracking, media: Path) -> None:
    desk = at_desk("Operations")
    add(desk, order, picture())
    assert len(stored_files(media)) == 2

    desk.post(url("remove_file", order.pk, OrderFile.objects.get().pk))

    assert stored_files(media) == []


def test_erasure_takes_notes_and_files(order: OrderTracking, media: Path) -> None:
    desk = at_desk("Operations")
    add(desk, order, picture(), PDF)
    OrderNote.objects.create(order=order.order, text="Ring twice", written_by=staff("Auditors"))
    OrderTracking.objects.filter(pk=order.pk).update(is_closed=True)

    call_command("erase_customer", "--mobile", "9876543210")

    assert (OrderNote.objects.get().text, OrderFile.objects.count()) == ("erased", 0)
    assert stored_files(media) == []


def test_the_history_names_no_file(order: OrderTracking) -> None:
    add(at_desk("Operations"), order, PDF, name="Amit Patel.pdf")

    assert LogEntry.objects.filter(change_message__contains="Added 1 file.").exists()
    assert not LogEntry.objects.filter(change_message__contains="Patel").exists()


def test_another_file_under_the_same_token_is_refused_and_not_taken_for_a_repetition(
    order: OrderTracking,
) -> None:
    desk = at_desk("Operations")
    for size in ((640, 480), (480, 640), (640, 480)):
        upload = SimpleUploadedFile("a.png", picture(size=size))
        page = desk.post(url("files", order.pk), {"uploads": upload, "once": "x" * 20}, follow=True)
        if size == (480, 640):
            assert "sent before with other content" in page.text

    assert "This form had been sent before" in page.text
    assert OrderFile.objects.count() == 1


def test_removing_a_file_twice_with_one_form_leads_to_the_order(order: OrderTracking) -> None:
    desk = at_desk("Operations")
    add(desk, order, PDF)
    remove = url("remove_file", order.pk, OrderFile.objects.get().pk)

    answers = [desk.post(remove, {"once": "x" * 20}).status_code for _ in range(2)]

    assert answers == [302, 302]
