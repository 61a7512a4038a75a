"""What an order's page shows of notes, files and assignment, and the forms for them."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from desk.base import DeskForm
from desk.models import Assignment, OrderFile, OrderNote
from partners.models import User
from repairs.models import RepairOrder

TECHNICIANS = "Technicians"
WORK = "desk.work_assignment"
MAX_ORDERS = 1000
MAX_NOTE_LENGTH = 2000


class NoteForm(DeskForm):
    """What staff should know of an order."""

    text = forms.CharField(label="Note", max_length=MAX_NOTE_LENGTH, widget=forms.Textarea({"rows": 2}))


class FileInput(forms.ClearableFileInput):
    """Takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """As many files as the browser sends; its value is a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file by the rules for one."""
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

    orders = forms.CharField(widget=forms.HiddenInput, max_length=20 * MAX_ORDERS)


def technicians() -> QuerySet[User]:
    """The users that orders can be assigned to."""
    return User.objects.filter(groups__name=TECHNICIANS, is_active=True).order_by("username")


def assignee_of(order: RepairOrder) -> User | None:
    """The technician who works on the order; the assignment should have been selected with it."""
    assignment: Assignment | None = getattr(order, "assignment", None)
    return assignment.assignee if assignment else None


def context(order: RepairOrder, refused: dict[str, Any], *, may_write: bool) -> dict[str, Any]:
    """For the order's page; a refused form keeps what was typed."""
    shown: dict[str, Any] = {
        "notes": list(OrderNote.objects.filter(order=order).select_related("written_by")),
        "files": list(OrderFile.objects.filter(order=order).select_related("added_by")),
        "assignee": (assignee := assignee_of(order)),
    }
    if may_write:
        shown["note_form"] = refused.pop("note_form", None) or NoteForm()
        shown["files_form"] = refused.pop("files_form", None) or FilesForm()
        shown["assign_form"] = refused.pop("assign_form", None) or AssignForm(initial={"assignee": assignee})
    return shown
