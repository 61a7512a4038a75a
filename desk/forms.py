"""The desk's forms about orders; the rules are the services'."""

from collections.abc import Iterable
from typing import Any

from django import forms

from desk.order_queries import technicians
from desk.widgets import DeskForm, apply_widget, date_time_input
from partners.models import User
from repairs.corrections import correctable
from repairs.fields import OrderField
from repairs.models import RepairOrder
from repairs.validators import OrderValues
from tracking.models import MAX_NOTE_LENGTH, MAX_REASON_LENGTH, Workflow, WorkflowStep

WaitingOn = WorkflowStep.WaitingOn

APPROVED = "approved"
MAX_SHEET_BYTES = 2 * 1024 * 1024


class OrderForm(DeskForm):
    """A form about one order; carries the version of its tracking that the page showed."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class StartForm(OrderForm):
    """Which workflow tracking begins with."""

    workflow = forms.ModelChoiceField(Workflow.objects.all(), empty_label=None)


class StatusForm(DeskForm):
    """A status, when it was reached, and a note. The service decides which status may follow."""

    status = forms.CharField(
        max_length=40,
        widget=forms.Select({"autofocus": True}),
        error_messages={"required": "Choose a status."},
    )
    at = forms.DateTimeField(
        required=False, label="When", widget=date_time_input(), help_text="Empty means now."
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE_LENGTH)

    def offer(self, choices: Iterable[Any]) -> None:
        """Offers these statuses after an empty choice."""
        self.fields["status"].widget.choices = [("", "Choose a status"), *choices]


class RecordForm(OrderForm, StatusForm):
    """A status of one order."""

    field_order = ["version", "status", "at", "note"]

    def offer_next(self, allowed: list[WorkflowStep], here: WorkflowStep) -> None:
        """Offers the allowed steps and preselects the usual next one, unless that is a decision."""
        ahead = [step.code for step in allowed if step.position > here.position]
        back = [step.code for step in allowed if step.position <= here.position]
        once_more = [("Once more", [(code, code) for code in back])] if back else []
        self.offer([*((code, code) for code in ahead), *once_more])
        self.initial.setdefault("status", usual_next(allowed, here))
        chosen = self.data.get("status", "")
        if chosen and chosen not in (*ahead, *back):
            self.fields["status"].help_text = f'You had chosen "{chosen}", which cannot follow "{here}".'


def usual_next(allowed: list[WorkflowStep], here: WorkflowStep) -> str | None:
    """The next step forward on the usual way; None where somebody has to decide first.

    A decision is `approved`, the end of the workflow, and every step that a wait for an approval
    would be skipped for.
    """
    for step in sorted(allowed, key=lambda step: step.position):
        if step.position <= here.position or step.waiting_on == WaitingOn.CUSTOMER:
            continue
        is_decision = step.terminal or step.code == APPROVED or here.waiting_on == WaitingOn.APPROVAL
        return None if is_decision or step.waiting_on != WaitingOn.US else step.code
    return None


class VoidForm(OrderForm):
    """Why an event is taken back."""

    reason = forms.CharField(max_length=MAX_REASON_LENGTH, required=False)


class NoteForm(DeskForm):
    """An internal note on an order."""

    text = forms.CharField(label="Note", max_length=2000, widget=forms.Textarea({"rows": 2}))


class FileInput(forms.ClearableFileInput):
    """Takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """As many files as the browser sends; its value is a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        return [single(upload, initial) for upload in data or [None]]


class FilesForm(DeskForm):
    """Photos and PDFs."""

    uploads = ManyFilesField(
        label="Photos or PDFs",
        widget=FileInput(
            {"accept": "image/jpeg,image/png,image/webp,application/pdf", "class": "desk-input"}
        ),
    )


class AssignForm(DeskForm):
    """Who is to work on an order."""

    assignee = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = technicians()  # type: ignore[attr-defined]


class AssignManyForm(AssignForm):
    """The same for the orders ticked in a list."""

    orders = forms.CharField(widget=forms.HiddenInput, max_length=20_000)


class ReferencesForm(DeskForm):
    """A pasted list."""

    references = forms.CharField(
        label="Request IDs or references",
        help_text="One per line, or separated by commas or spaces.",
        widget=forms.Textarea({"rows": 8, "autofocus": True}),
        max_length=120_000,
    )


class BatchForm(StatusForm):
    """One status for many orders: `orders` are their keys, each with its tracking's version."""

    orders = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ["orders", "status", "at", "note"]


class SheetForm(DeskForm):
    """A status sheet of up to 2 MB: 5,000 rows take a tenth of that."""

    sheet = forms.FileField(label="Workbook (.xlsx)", widget=forms.ClearableFileInput({"accept": ".xlsx"}))

    def clean_sheet(self) -> Any:
        file = self.cleaned_data["sheet"]
        if file.size > MAX_SHEET_BYTES:
            raise forms.ValidationError("A status sheet may have up to 2 MB.")
        return file


class CorrectionForm(DeskForm):
    """What a partner sent, field by field of the table; `corrections.correct` validates it.

    Each field comes with a hidden copy of what the page showed, so that only what the clerk changed
    is written.
    """

    def __init__(self, order: RepairOrder, *args: Any, **kwargs: Any) -> None:
        table = correctable(order)
        initial = {field.attribute: getattr(order, field.attribute) for field in table}
        super().__init__(*args, initial=initial, **kwargs)
        for field in table:
            self.fields[field.attribute] = _correctable_field(field)
            apply_widget(self.fields[field.attribute])

    def seen(self) -> OrderValues:
        """What the page showed, by attribute; a field that came without it counts as it is stored."""
        return {
            name: str(field.to_python(self.data.get(self[name].html_initial_name, self.initial[name])))
            for name, field in self.fields.items()
        }

    def keep_as_seen(self, name: str, stored: str) -> None:
        """Takes what is stored by now as seen, for a refused form that is shown again."""
        self.resend(self[name].html_initial_name, stored)


def _correctable_field(field: OrderField) -> forms.Field:
    label = RepairOrder._meta.get_field(field.attribute).verbose_name  # type: ignore[union-attr]
    common: dict[str, Any] = {
        "label": str(label).capitalize(),
        "required": False,
        "help_text": "",
        "show_hidden_initial": True,
    }
    if field.rule and field.rule.choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in field.rule.choices], **common)
    widget = forms.Textarea({"rows": 3}) if field.attribute == "issue" else None
    return forms.CharField(max_length=field.max_length, widget=widget, **common)
