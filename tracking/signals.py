"""What tracking tells the apps above it. Every signal is sent inside the transaction of the change.

One change of an order is told in two steps. First the receivers of `status_recorded` (or
`status_voided`) adapt their own rows and the columns that the tracking row keeps for them; then,
with every row final and saved, `tracking_changed` is sent once for all orders of the transaction's step.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.dispatch import Signal

if TYPE_CHECKING:
    from tracking.models import OrderTracking

# Types of events, as docs/contract.md section 8 names them.
TRACKING_UPDATED = "tracking.updated"
ESTIMATE_UPDATED = "estimate.updated"

# Of each further event of a change: its type, and the members of its `data` beside `tracking`.
Members = Mapping[str, Mapping[str, Any]]

# Arguments: `tracking` (locked, already at `event`, saved after the last receiver) and `event`, the
# TrackingEvent recorded or voided. A receiver returns the `Members` of further events, or None.
status_recorded = Signal()
status_voided = Signal()

# Arguments: `changes`, a sequence of `TrackingChange`: one for each order, in the order of their keys.
tracking_changed = Signal()


class TrackingChange(NamedTuple):
    """A change of one order.

    `tracking` is saved, with its new version; `events` holds the types of the change's events in order,
    `TRACKING_UPDATED` first; types with nothing to add are absent from `members`.
    """

    tracking: "OrderTracking"
    events: Sequence[str]
    members: Members


# Argument: `order_ids`, the primary keys of orders whose customer is being erased. Receivers erase what
# their own rows tell of the customer.
customers_erased = Signal()
