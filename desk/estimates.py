"""The form that raises an estimate for an order."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from desk.base import clerk, key_of, page, posted
from desk.estimate_card import money, sums_of
from desk.forms import OrderForm
from desk.order_actions import ADMIN, act
from desk.order_queries import order_or_404
from desk.queue import order_url
from desk.standing import tracking_of
from desk.widgets import date_input
from estimates import drafts, services
from estimates.drafts import Draft, DraftError, LineText
from estimates.models import MAX_LINES, MAX_NOTE_LENGTH, EstimateLine
from repairs.models import RepairOrder
from tracking import versions

ADD_LINE = "add_line"
FIRST_LINES = 3
LABELS = {"kind": "Kind", "description": "Description", "quantity": "Quantity", "unit_price": "Price"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: what was typed, and what is wrong with it."""

    text: LineText
    errors: dict[str, str]

    @property
    def sentences(self) -> list[str]:
        return [f"{LABELS[part]}: {reason}" for part, reason in self.errors.items()]


class EstimateForm(OrderForm):
    """An estimate; its lines come as lists, one value for each line, and are read by `estimates.drafts`."""

    tax = forms.CharField(label="Tax in %", max_length=20, initial=drafts.DEFAULT_TAX)
    valid_until = forms.DateField(widget=date_input(), help_text="The last valid day.")
    note = forms.CharField(
        required=False,
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea({"rows": 2}),
        help_text="For the person who approves.",
    )

    def __init__(
        self, data: QueryDict | None = None, *, version: int, typed: QueryDict | None = None
    ) -> None:
        """Without `data` nothing is validated: it shows what was `typed`, else empty lines."""
        initial: dict[str, Any] = {
            "valid_until": timezone.localdate() + timedelta(drafts.DEFAULT_DAYS),
            **(typed.dict() if typed else {}),
            "version": version,
        }
        super().__init__(data, initial=initial)
        self.lines = _typed(data or typed or QueryDict())
        self.line_errors: dict[int, dict[str, str]] = {}
        self.draft: Draft | None = None

    def clean(self) -> dict[str, Any]:
        """Reads the estimate by the rules of `manage.py raise_estimate`."""
        values = super().clean() or self.cleaned_data
        texts = (values.get("tax", ""), values.get("valid_until"), values.get("note", ""))
        try:
            self.draft = drafts.read(self.lines, *texts)
        except DraftError as error:
            for where, reason in error.errors.items():
                if isinstance(where, tuple):
                    self.line_errors.setdefault(where[0], {})[where[1]] = reason
                elif where not in self.errors:
                    self.add_error(where if where in self.fields else None, reason)
            if self.line_errors:
                self.add_error(None, "Correct the marked lines.")
        return values

    def rows(self) -> list[Row]:
        """The lines to show: those that were typed, and empty ones."""
        empty = LineText(EstimateLine.Kind.PART, "", "1", "")
        missing = max(FIRST_LINES - len(self.lines), 1) if len(self.lines) < MAX_LINES else 0
        texts = [*self.lines, *[empty] * missing]
        return [Row(text, self.line_errors.get(n, {})) for n, text in enumerate(texts, 1)]

    def sums(self) -> dict[str, str]:
        """The sums; empty unless every line is valid."""
        try:
            tax = self.data.get("tax") or self.initial.get("tax") or drafts.DEFAULT_TAX
            return sums_of(drafts.read(self.lines, tax).totals())
        except DraftError:
            return {}


def _typed(data: QueryDict) -> list[LineText]:
    columns = [data.getlist(part) for part in LABELS]
    lines = [LineText(*values) for values in zip_longest(*columns, fillvalue="")]
    # An empty line comes with its kind and quantity preset: it counts once it is described or priced.
    return [line for line in lines if line.description.strip() or line.unit_price.strip()]


def raise_estimate(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the form; raising redirects to the order's page."""
    order = order_or_404(pk)
    if ADD_LINE in request.POST:  # a browser without the script
        seen = key_of(request.POST.get("version", ""))
        form = EstimateForm(version=seen, typed=request.POST)
    else:
        form = EstimateForm(posted(request), version=versions.version_of(tracking_of(order)))

    def write(order: RepairOrder) -> str:
        assert form.draft is not None
        estimate = services.raise_estimate(order, form.draft, by=clerk(request), source=ADMIN)
        return f"Raised estimate {estimate.number}: INR {money(form.draft.totals().total)}."

    if form.is_bound and (response := act(request, order, form, write, order_url(pk))):
        return response
    context = {
        "order": order,
        "form": form,
        "rows": form.rows(),
        "kinds": EstimateLine.Kind.choices,
        "sums": form.sums(),
        "max_lines": MAX_LINES,
        "back": order_url(pk),
    }
    title = f"Estimate for {order.request_id}"
    return page(request, "desk/estimates/raise.html", title, order, **context)
