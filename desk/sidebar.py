"""The desk's menu: saved views with counts, then the pages that the user may see."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from desk import order_queries
from desk.base import RECORD, VIEW
from desk.order_queries import WaitingOn

# Title, icon, address and the right that each page needs.
PAGES = (
    ("Batch", "edit_note", "repairs_repairorder_batch", RECORD),
    ("Status sheet", "upload_file", "repairs_repairorder_sheet", RECORD),
    ("Uploads", "upload", "repairs_bulkupload_changelist", "repairs.view_bulkupload"),
    ("Webhooks", "webhook", "webhooks_webhook_changelist", "webhooks.view_webhook"),
    ("Outbox", "outbox", "outbox_message_changelist", "outbox.view_message"),
    ("Partners", "store", "partners_partner_changelist", "partners.view_partner"),
    ("API keys", "key", "partners_apikey_changelist", "partners.view_apikey"),
    ("Users", "group", "partners_user_changelist", "partners.view_user"),
    ("Groups", "groups", "auth_group_changelist", "auth.view_group"),
    ("Workflows", "account_tree", "tracking_workflowstep_changelist", "tracking.view_workflowstep"),
    ("History", "history", "admin_logentry_changelist", "admin.view_logentry"),
    ("Failed log-ins", "lock", "partners_failedlogin_changelist", "partners.view_failedlogin"),
)


class View(NamedTuple):
    """A saved view of the orders list: its query, its count, and what is counted."""

    title: str
    query: str
    icon: str
    number: int
    counts: str
    variant: str = "info"


def views(figures: order_queries.Figures) -> list[View]:
    """The views that a clerk works through, with how much is in each."""

    def waiting(whom: str, title: str, icon: str, variant: str = "warning") -> View:
        counts = "open, at a step of ours" if whom == WaitingOn.US else "open"
        return View(title, f"waiting_on={whom}", icon, figures.waiting_on(whom), counts, variant)

    declined, today = "estimate=declined", "status=delivered&since=0"
    return [
        View("New", "status=new", "fiber_new", figures.new, "tracking not started", "primary"),
        waiting(WaitingOn.US, "Waiting for us", "engineering", "info"),
        waiting(WaitingOn.CUSTOMER, "Waiting for the customer", "person_pin"),
        waiting(WaitingOn.APPROVAL, "Waiting for approval", "approval"),
        View("Estimate declined", declined, "block", figures.declined, "open, ours to settle", "danger"),
        waiting(WaitingOn.PARTS, "Waiting for parts", "inventory_2"),
        View("Late", "late=1", "alarm", figures.late, "over time for us, new too", "danger"),
        View("Delivered today", today, "task_alt", figures.delivered_today, "by time of delivery", "success"),
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's menu for this user; figures are counted only for those who may see orders."""
    may_see = request.user.has_perm(VIEW)
    pages = [
        {"title": title, "icon": icon, "link": reverse(f"admin:{name}")}
        for title, icon, name, right in PAGES
        if request.user.has_perm(right)
    ]
    orders = [{"title": "Orders", "items": _order_items(request)}] if may_see else []
    return [*orders, {"title": "Desk", "separator": may_see, "items": pages}]


def _order_items(request: HttpRequest) -> list[dict[str, Any]]:
    orders = reverse("admin:repairs_repairorder_changelist")
    here = request.path == orders
    query = request.GET.urlencode()
    return [
        {"title": "Dashboard", "icon": "monitoring", "link": reverse("admin:index")},
        {"title": "All orders", "icon": "list_alt", "link": orders, "active": here and not query},
        *(
            {
                "title": view.title,
                "icon": view.icon,
                "link": f"{orders}?{view.query}",
                "active": here and query == view.query,
                "badge": f"{view.number:,}",
                "badge_variant": view.variant,
            }
            for view in views(order_queries.figures(request))
        ),
    ]
