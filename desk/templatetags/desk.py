"""Tags of the desk's templates."""

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from desk import submissions
from desk.estimate_card import money
from desk.standing import span
from estimates.amounts import plain

register = template.Library()
register.filter(money)
register.filter(plain)
register.filter(span)


@register.simple_tag
def once() -> SafeString:
    """The one-time token of a form; stands beside `{% csrf_token %}` in each form that changes something."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', submissions.FIELD, submissions.new_token()
    )


@register.filter
def dressed(field: BoundField) -> BoundField:
    """A field of another library's form, with the desk's widget."""
    from desk.widgets import apply_widget  # unfold, which it imports, renders a template while it is imported

    apply_widget(field.field)
    return field
