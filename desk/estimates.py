"""Raising an estimate for an order, and choosing who approves for a partner."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from desk.base import DeskForm, form_page, key_of, page, posted, require
from desk.estimate_card import money, sums_of
from desk.forms import OrderForm
from desk.order_page import ADMIN, RECORD, clerk, find, log
from desk.queue import order_url
from desk.standing import tracking_of
from desk.submissions import submit
from estimates import drafts, services
from estimates.drafts import Draft, DraftError, LineText
from estimates.models import MAX_LINES, MAX_NOTE_LENGTH, Approver, EstimateLine
from partners.models import Partner
from repairs.models import RepairOrder
from tracking import versions

ADD_LINE = "add_line"
FIRST_LINES = 3
LABELS = {"kind": "Kind", "description": "Description", "quantity": "Quantity", "unit_price": "Price"}


class DateInput(forms.DateInput):
    """The browser's own picker, in the desk's look."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": UnfoldAdminTextInputWidget().attrs["class"]}, format="%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: what was typed, and what is wrong with it."""

    text: LineText
    errors: dict[str, str]

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in the words of the form."""
        return [f"{LABELS[part]}: {reason}" for part, reason in self.errors.items()]


class EstimateForm(OrderForm):
    """An estimate; its lines come as lists, one value for each line, and are read by `estimates.drafts`."""

    tax = forms.CharField(label="Tax in %", max_length=20, initial=drafts.DEFAULT_TAX)
    valid_until = forms.DateField(widget=DateInput, help_text="The last valid day.")
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
        """Reads the estimate by the rules that the shell has, too."""
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
        """The sums, where every line can be read."""
        try:
            tax = self.data.get("tax") or self.initial.get("tax") or drafts.DEFAULT_TAX
            return sums_of(drafts.read(self.lines, tax).totals())
        except DraftError:
            return {}


def _typed(data: QueryDict) -> list[LineText]:
    columns = [data.getlist(part) for part in LABELS]
    lines = [LineText(*values) for values in zip_longest(*columns, fillvalue="")]
    # A new line is `part` and `1`: only what was described or priced is one.
    return [line for line in lines if line.description.strip() or line.unit_price.strip()]


def raise_estimate(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; raising leads back to the order's page."""
    require(request, RECORD)
    order = find(pk)
    version = versions.version_of(tracking_of(order))
    if ADD_LINE in request.POST:  # a browser without the script
        seen = key_of(request.POST.get("version", ""))
        return _form_page(request, order, EstimateForm(version=seen, typed=request.POST))
    form = EstimateForm(posted(request), version=version)

    def write() -> str:
        versions.require(order, form.cleaned_data["version"])
        assert form.draft is not None
        estimate = services.raise_estimate(order, form.draft, by=clerk(request), source=ADMIN)
        what = f"Raised estimate {estimate.number}: INR {money(form.draft.totals().total)}."
        log(request, order, what)
        return what

    is_sent = form.is_valid()
    if is_sent and (response := submit(request, form, write, order_url(pk))):
        return response
    if is_sent or "version" in form.errors:
        form.renew(version)
    return _form_page(request, order, form)


def _form_page(request: HttpRequest, order: RepairOrder, form: EstimateForm) -> HttpResponse:
    context = {
        "order": order,
        "form": form,
        "rows": form.rows(),
        "kinds": EstimateLine.Kind.choices,
        "sums": form.sums(),
        "max_lines": MAX_LINES,
        "back": order_url(order.pk),
    }
    title = f"Estimate for {order.request_id}"
    return page(request, "desk/estimates/raise.html", title, order, **context)


class ApproverForm(DeskForm):
    """Who gets the approval mails of a partner's orders."""

    kind = forms.ChoiceField(label="Approval by mail", choices=Approver.Kind.choices)
    email = forms.EmailField(
        label="E-mail of the partner's approver", required=False, help_text="Only for the partner's approver."
    )


def choose_approver(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; choosing leads back to the partner's page."""
    require(request, "partners.change_partner")
    partner = get_object_or_404(Partner, pk=pk)
    back = reverse("admin:partners_partner_change", args=[pk])
    approver = Approver.objects.filter(partner=partner).first() or Approver(partner=partner)
    form = ApproverForm(posted(request), initial={"kind": approver.kind, "email": approver.email})

    def write() -> str:
        chosen = services.set_approver(partner, form.cleaned_data["kind"], form.cleaned_data["email"])
        what = f"Approval mails go to: {chosen}."
        LogEntry.objects.log_actions(clerk(request).pk, [partner], CHANGE, what, single_object=True)
        return what

    if form.is_valid():
        try:
            response = submit(request, form, write, back)
        except ValueError as error:
            form.add_error("email", str(error))
            response = None
        if response is not None:
            return response
    intro = (
        "When an estimate waits for approval, this person gets a mail with a link, and one reminder after "
        "24 hours. The partner's own system can always decide through the API."
    )
    title = f"Approval by mail for {partner}"
    return form_page(request, title, partner, form, submit="Save", back=back, intro=intro)


def approver_of(partner: Partner) -> str:
    """In words, for the partner's page."""
    return str(Approver.objects.filter(partner=partner).first() or Approver())
