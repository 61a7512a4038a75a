"""A technician's phone: call, map, photo and the next status, in a browser."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenDesk
from tests.browser.test_desk import raise_order, statuses
from tests.support.service import Service


def assigned(open_desk: OpenDesk, desk: Service) -> tuple[Page, str]:
    """The phone's page of a new order that a clerk has assigned, and the order's reference."""
    reference, request_id = raise_order(desk)
    clerk = open_desk(f"/admin/repairs/repairorder/find/?q={request_id}")
    clerk.click("#assign summary")
    clerk.select_option("#assign select", label="technicians")
    clerk.click("#assign button")
    expect(clerk.locator(".desk-summary")).to_contain_text("Assigned to technicians")
    number = clerk.url.split("/")[-3]
    return open_desk(f"/admin/repairs/repairorder/work/{number}/", user="technicians", width=390), reference


def test_the_next_status_is_one_press(open_desk: OpenDesk, desk: Service) -> None:
    phone, reference = assigned(open_desk, desk)

    phone.click("#record button.primary >> nth=0")

    expect(phone.locator(".messages")).to_contain_text("Recorded")
    assert len(statuses(desk, reference)) == 2


def test_call_map_and_buttons_are_large(open_desk: OpenDesk, desk: Service) -> None:
    phone, _ = assigned(open_desk, desk)

    assert phone.locator("a[href^='tel:+91']").count() == 1
    assert phone.locator("a[href^='https://www.google.com/maps/']").count() == 1
    for target in phone.locator("a.button, #record button.primary, #photo button").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 48


def test_a_photo_is_added(open_desk: OpenDesk, desk: Service) -> None:
    phone, _ = assigned(open_desk, desk)
    content = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(content, "JPEG")

    photo: FilePayload = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}
    phone.set_input_files("#photos", files=[photo])
    phone.click("#photo button")

    expect(phone.locator(".files img")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_fits_a_phone_and_the_desk_stays_closed(
    open_desk: OpenDesk, desk: Service, scheme: str
) -> None:
    assigned(open_desk, desk)

    phone = open_desk("/admin/repairs/repairorder/", user="technicians", width=390, scheme=scheme)

    expect(phone.locator("h1")).to_contain_text("open order")
    assert phone.url.endswith("/work/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(phone) == []
    phone.click(".orders a >> nth=0")
    phone.wait_for_url("**/work/*/")
    assert violations(phone) == []
