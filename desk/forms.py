"""The desk's forms about orders; the rules are the services'."""

from typing import Any

from django import forms

from desk.base import DeskForm, dress
from repairs.corrections import correctable
from repairs.fields import OrderField
from repairs.models import RepairOrder
from tracking.models import MAX_NOTE_LENGTH, MAX_REASON_LENGTH, Workflow, WorkflowStep

WaitingOn = WorkflowStep.WaitingOn

MAX_SHEET_BYTES = 2 * 1024 * 1024


class StartForm(DeskForm):
    """Which workflow tracking begins with."""

    workflow = forms.ModelChoiceField(Workflow.objects.all(), empty_label=None)


class RecordForm(DeskForm):
    """A status, when it was reached, and a note."""

    status = forms.ChoiceField()
    at = forms.DateTimeField(
        required=False, label="When", widget=forms.DateTimeInput, help_text="Empty means now."
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE_LENGTH)

    def __init__(self, allowed: list[WorkflowStep], here: WorkflowStep, *args: Any, **kwargs: Any) -> None:
        """Offers what is allowed next and proposes the next step forward that is no setback."""
        usual = (s.code for s in allowed if s.position > here.position and s.waiting_on == WaitingOn.US)
        super().__init__(*args, initial={"status": next(usual, None)}, **kwargs)
        ahead = [step.code for step in allowed if step.position > here.position]
        back = [step.code for step in allowed if step.position <= here.position]
        choices: list[Any] = [(code, code) for code in ahead]
        if back:
            choices.append(("Once more", [(code, code) for code in back]))
        self.fields["status"].choices = choices  # type: ignore[attr-defined]
        self.fields["status"].widget.attrs["autofocus"] = True


class VoidForm(DeskForm):
    """Why an event is taken back."""

    reason = forms.CharField(max_length=MAX_REASON_LENGTH)


class ReferencesForm(DeskForm):
    """A pasted list."""

    references = forms.CharField(
        label="Request IDs or references",
        help_text="One per line, or parted by commas or spaces.",
        widget=forms.Textarea({"rows": 8, "autofocus": True}),
        max_length=120_000,
    )


class BatchForm(DeskForm):
    """One status for many orders."""

    orders = forms.CharField(widget=forms.HiddenInput)
    status = forms.ChoiceField()
    at = forms.DateTimeField(
        required=False, label="When", widget=forms.DateTimeInput, help_text="Empty means now."
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE_LENGTH)

    def __init__(self, codes: list[str], *args: Any, **kwargs: Any) -> None:
        """Offers the statuses that every chosen order allows."""
        super().__init__(*args, **kwargs)
        choices = [("", "Choose a status"), *((code, code) for code in codes)] if codes else []
        self.fields["status"].choices = choices  # type: ignore[attr-defined]
        self.fields["status"].widget.attrs["autofocus"] = True


class SheetForm(DeskForm):
    """A status sheet of up to 2 MB: 5,000 rows take a tenth of that."""

    sheet = forms.FileField(label="Workbook (.xlsx)", widget=forms.ClearableFileInput({"accept": ".xlsx"}))

    def clean_sheet(self) -> Any:
        """Refuses what is too big to be one."""
        file = self.cleaned_data["sheet"]
        if file.size > MAX_SHEET_BYTES:
            raise forms.ValidationError("A status sheet may have up to 2 MB.")
        return file


class CorrectionForm(DeskForm):
    """What a partner sent, field by field of the table; `corrections.correct` judges it."""

    def __init__(self, order: RepairOrder, *args: Any, **kwargs: Any) -> None:
        """Shows the stored values."""
        table = correctable(order)
        initial = {field.attribute: getattr(order, field.attribute) for field in table}
        super().__init__(*args, initial=initial, **kwargs)
        for field in table:
            self.fields[field.attribute] = _correctable_field(field)
            dress(self.fields[field.attribute])


def _correctable_field(field: OrderField) -> forms.Field:
    label = RepairOrder._meta.get_field(field.attribute).verbose_name  # type: ignore[union-attr]
    common: dict[str, Any] = {"label": str(label).capitalize(), "required": False, "help_text": ""}
    if field.rule and field.rule.choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in field.rule.choices], **common)
    widget = forms.Textarea({"rows": 3}) if field.attribute == "issue" else None
    return forms.CharField(max_length=field.max_length, widget=widget, **common)
