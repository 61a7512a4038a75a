"""How text from outside is read."""

import pytest
from django.core.mail import EmailMessage

from warrantify.text import is_email


@pytest.mark.parametrize(
    "address",
    [
        "a@b\u2028.co",
        "a@\u202ex.co",
        "a@\u3000.co",
        "a@x.\u200b\u200bco",
        "a@b\xadc.co",
        "a@\uffff.co",
        "a@\u2100x.co",
        f"a@{'é' * 60}.co",
        f"a@{'.'.join(['é' * 30] * 8)}.co",
        "a@b",
        "",
    ],
)
def test_an_address_that_no_mail_reaches_is_none(address: str) -> None:
    assert not is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "amit@example.com",
        "a@bücher.de",
        "a@xn--bcher-kva.de",
        "a@भारत.भारत",
        '"a"@example.com',
        "a@[192.0.2.1]",
    ],
)
def test_an_address_of_any_script_can_be_mailed(address: str) -> None:
    assert is_email(address)
    assert EmailMessage("Subject", "Text", to=[address]).message().as_bytes()
