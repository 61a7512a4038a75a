"""`python -m chaos.statuses REQUEST_ID...`: moves orders on, ten statuses a second, until it is ended."""

import itertools
import sys
import time

import django

PAUSE = 0.1
BACK_AND_FORTH = ("assigned", "accepted")  # both may be repeated for ever


def main() -> None:
    django.setup()
    from repairs.models import RepairOrder
    from tracking import services
    from tracking.models import TrackingEvent, Workflow

    source = TrackingEvent.Source.COMMAND
    orders = list(RepairOrder.objects.filter(request_id__in=sys.argv[1:]))
    for order in orders:
        services.start(order, Workflow.objects.get(code="technician"), source=source)
    for code in itertools.cycle(BACK_AND_FORTH):
        for order in orders:
            services.record(order, code, source=source)
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
