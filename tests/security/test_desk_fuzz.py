"""Odd parameters on the desk's pages, as each group: ignored, never a fault of ours.

FUZZ_EXAMPLES is how many queries each group sends; 40 in the suite.
"""

import os
from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.services import NewPartner
from tests.support.staff import GROUPS, at_desk
from tests.support.tracked_orders import make_order, make_tracked

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
LISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in site._registry
)
EXPORT = "admin:repairs_repairorder_export"
PAGES = [*LISTS, EXPORT, "admin:index", "admin:repairs_repairorder_find"]

# The parameters of the pages and their neighbours, and values that a database or Python chokes on.
NAMES = [
    *("q", "p", "o", "all", "e", "list", "done", "format", "_popup", "_to_field", "_facets", "pk", "id__in"),
    *("status", "waiting_on", "late", "partner", "workflow", "since", "engagement", "source", "estimate"),
    *("created_at_from", "created_at_to", "created_at__year", "created_at__gte", "partner__name__regex"),
    *("imei_no__regex", "received", "refused", "mail__state__exact", "partner__id__exact", "state__exact"),
    *("is_active__exact", "is_sandbox__exact", "groups__id__exact", "workflow__id__exact", "user", "day"),
]
FILTERS = ["status", "workflow", "engagement", "source", "mail__state__exact", "created_at_to"]
VALUES = [
    *("\x00", "a\x00b", "(", "[", "%", "\\", "\ud800", "\u2028", "٣", "1_0", "abc", "True", "-1", "0", "1"),
    *("99999", "9" * 19, "9" * 30, "-" + "9" * 25, "9" * 4400, "1.1.1", "0001-01-01", "9999-12-31"),
    *("new", "open", "over", "csv", "xlsx", "status=%00&late=1"),
]
parameters = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=12), st.sampled_from(VALUES) | st.text(max_size=30)),
    min_size=1,
    max_size=4,
)
fuzz = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=[*GROUPS, None], ids=[*GROUPS, "superuser"])
def desk(request: pytest.FixtureRequest, acme: NewPartner) -> Client:
    make_order(acme.partner, "new")
    make_tracked(acme.partner, "assigned")
    client = at_desk(request.param)
    client.raise_request_exception = False
    return client


def encoded(query: list[tuple[str, str]]) -> str:
    return urlencode(query, errors="surrogatepass")


@fuzz
@given(st.sampled_from(PAGES), parameters)
def test_no_parameter_of_a_page_is_a_fault(desk: Client, page: str, query: list[tuple[str, str]]) -> None:
    answer = desk.get(f"{reverse(page)}?{encoded(query)}")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert answer.status_code < 500, body[:2000]


@pytest.mark.parametrize(
    "page", ["admin:repairs_repairorder_changelist", "admin:repairs_bulkupload_changelist", EXPORT]
)
def test_each_odd_value_is_harmless(page: str, acme: NewPartner) -> None:
    desk = at_desk(None)
    for value in VALUES:
        for names in (NAMES, FILTERS):
            answer = desk.get(f"{reverse(page)}?{encoded([(name, value) for name in names])}")
            assert answer.status_code < 500, value


@pytest.mark.parametrize(
    "query", ["imei_no__regex=(", "created_at__year=99999", "partner__name=Rival", "nothing=1", "p=77"]
)
def test_what_the_page_does_not_offer_is_ignored(query: str, acme: NewPartner) -> None:
    make_order(acme.partner)
    answer = at_desk(None).get(f"{reverse('admin:repairs_repairorder_changelist')}?{query}")
    assert (answer.status_code, answer.context["cl"].result_count) == (200, 1)


@pytest.mark.parametrize("key", ["9" * 4400, "9" * 30, "abc", "a%00b"])
def test_a_row_that_no_key_names_is_no_fault(key: str, acme: NewPartner) -> None:
    desk = at_desk(None)
    for model in site._registry:
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{key}/change/"
        assert desk.get(url).status_code < 500, url


@pytest.mark.parametrize("ticked", ["abc", "9" * 4400, "9" * 30, "\x00"])
def test_odd_ticks_are_none(ticked: str, acme: NewPartner) -> None:
    data = {"action": "record_status", "_selected_action": [ticked], "index": "0"}
    answer = at_desk("Operations").post(reverse("admin:repairs_repairorder_changelist"), data)
    assert answer.status_code < 500
