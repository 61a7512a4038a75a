"""Uploads on the desk."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from outbox.models import Message
from outbox.queue import destination
from partners.services import NewPartner
from repairs.bulk.summary_email import SummaryMail
from repairs.models import BulkUpload
from tests.support.staff import at_desk

ROWS = [
    {
        "row": 2,
        "reference": "REP1",
        "outcome": "invalid",
        "request_id": "",
        "errors": {"Pincode": ["Give exactly 6 digits."]},
        "differs": [],
        "cells": ["REP1", "56"],
    }
]


@pytest.fixture
def upload(acme: NewPartner) -> BulkUpload:
    return BulkUpload.objects.create(
        partner=acme.partner,
        client_email="it@acme.example",
        file_name="orders.xlsx",
        file_size=1,
        sha256="0",
        invalid_count=1,
        header=["repair_ref_no", "Pincode"],
        rows=ROWS,
        mail=Message.objects.create(
            destination=destination(SummaryMail.kind),
            reference="1",
            state="failed",
            attempts=60,
            due_at=timezone.now(),
            created_at=timezone.now(),
        ),
    )


@pytest.fixture
def desk(db: None) -> Client:
    return at_desk("Operations")


def test_each_row_shows_its_outcome_and_reasons(desk: Client, upload: BulkUpload) -> None:
    page = desk.get(reverse("admin:repairs_bulkupload_change", args=[upload.pk])).text

    assert "Pincode: Give exactly 6 digits." in page
    assert "Invalid" in page


def test_the_annotated_workbook_is_downloaded(desk: Client, upload: BulkUpload) -> None:
    answer = desk.get(reverse("admin:repairs_bulkupload_workbook", args=[upload.pk]))

    active = load_workbook(BytesIO(answer.content)).active
    assert active is not None
    assert active["A2"].value == "REP1"


def test_the_list_shows_where_each_mail_stands(desk: Client, upload: BulkUpload) -> None:
    assert "desk-mail-failed" in desk.get(reverse("admin:repairs_bulkupload_changelist")).text


def test_a_failed_mail_is_sent_again(desk: Client, upload: BulkUpload) -> None:
    desk.post(reverse("admin:repairs_bulkupload_resend", args=[upload.pk]))

    mail = Message.objects.get()
    assert (mail.state, mail.attempts) == ("pending", 0)


@pytest.mark.parametrize("query", ["refused=1", "received=0", "mail__state__exact=failed"])
def test_the_list_is_filtered(desk: Client, upload: BulkUpload, query: str) -> None:
    page = desk.get(f"{reverse('admin:repairs_bulkupload_changelist')}?{query}")

    assert list(page.context["cl"].result_list) == [upload]


def test_sandbox_uploads_never_show(desk: Client, upload: BulkUpload) -> None:
    upload.partner.is_sandbox = True
    upload.partner.save()

    page = desk.get(reverse("admin:repairs_bulkupload_change", args=[upload.pk]))

    assert page.status_code == 404
