"""What tracking tells the apps above it. Every signal is sent inside the transaction of the change.

One change of an order is told in two steps. First the receivers of `status_recorded` (or
`status_voided`) adapt their own rows and the columns that the tracking row keeps for them; then,
with every row final and saved, `tracking_changed` is sent once.
"""

from collections.abc import Mapping
from typing import Any

from django.dispatch import Signal

# Types of events, as docs/contract.md section 8 names them.
TRACKING_UPDATED = "tracking.updated"
ESTIMATE_UPDATED = "estimate.updated"

# Of each further event of a change: its type, and the members of its `data` beside `tracking`.
Members = Mapping[str, Mapping[str, Any]]

# Arguments: `tracking` (locked, already at `event`, saved after the last receiver) and `event`, the
# TrackingEvent recorded or voided. A receiver returns the `Members` of further events, or None.
status_recorded = Signal()
status_voided = Signal()

# Arguments: `tracking` (saved, with its new version), `events` (the types of this change's events in
# order, `TRACKING_UPDATED` first) and `members` (`Members`; types with nothing to add are absent).
tracking_changed = Signal()

# Sent when the customers of orders are erased. Argument: `order_ids`. Receivers erase what they keep.
customers_erased = Signal()
