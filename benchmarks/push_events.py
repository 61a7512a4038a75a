"""`python -m benchmarks.push_events WHAT ...`: what the webhook rows need done inside the service.

Runs in the contender's environment, apart from the bench itself, which has no Django.
"""

import json
import sys
import time

import django

HANGING = "hang"
LANES = 100  # orders that a queue's events belong to


def register(base, paths):
    """A webhook of the oldest partner to each path below `base`; more than the API's ten may be."""
    from outbox.models import Destination
    from partners.models import Partner
    from webhooks import delivery, secrets
    from webhooks.models import Webhook

    partner = Partner.objects.earliest("pk")
    for path in paths.split(","):
        destination = Destination.objects.create(kind=delivery.KIND, name=path)
        Webhook.objects.create(
            webhook_id=f"wh_{path}",
            partner=partner,
            destination=destination,
            url=f"{base}/{path}",
            secret=secrets.encrypt(secrets.new_secret()),
        )


def fill(path, count):
    """`count` events that wait for the webhook of `path`, each of the size of a 12-step history."""
    from django.utils import timezone

    from outbox import queue
    from webhooks.models import Event, Webhook

    webhook, now = Webhook.objects.get(destination__name=path), timezone.now()
    body = json.dumps({"type": "tracking.updated", "data": {"tracking": "x" * 1400}})
    events = [
        Event(
            event_id=f"evt_{path}{number}",
            partner_id=webhook.partner_id,
            type="tracking.updated",
            request_id=f"{path}{number % LANES}",
            sequence=number,
            body=body,
            created_at=now,
        )
        for number in range(int(count))
    ]
    Event.objects.bulk_create(events, batch_size=1000)
    queue.enqueue_many((queue.Draft(webhook.destination_id, e.event_id, e.request_id) for e in events), now)


def emit(seconds, per_second):
    """Test events to each webhook but the hanging one in turn; prints when each was committed."""
    from webhooks import events
    from webhooks.models import Webhook

    webhooks = list(Webhook.objects.exclude(destination__name=HANGING))
    committed, began = {}, time.time()
    for number in range(int(float(seconds) * int(per_second))):
        event = events.store_test(webhooks[number % len(webhooks)])
        committed[event.event_id] = time.time()
        time.sleep(max(0, began + (number + 1) / int(per_second) - time.time()))
    print(json.dumps(committed))


def record(count):
    """Records a status `count` times for a partner with ten webhooks and one with none, in turn.

    Each time as the 12th and 13th of an order. Prints the milliseconds of each, elapsed and of this
    process's CPU.
    """
    from partners.models import Partner

    with_ten = Partner.objects.earliest("pk")
    partners = {"10": with_ten, "0": Partner.objects.create(name="No webhooks", email="w@example.com")}
    found = {name: {"elapsed_ms": [], "cpu_ms": []} for name in partners}
    for number in range(int(count) // 2):
        for name, partner in partners.items():
            order = _order(partner, f"PUSH-{name}-{number}")
            elapsed, cpu = _move(order, 2)
            found[name]["elapsed_ms"].append(elapsed)
            found[name]["cpu_ms"].append(cpu)
    print(json.dumps(found))


def _order(partner, reference):
    """An order with 11 statuses."""
    from repairs.models import RepairOrder
    from tracking import services
    from tracking.models import TrackingEvent, Workflow

    order = RepairOrder.objects.earliest("pk")
    order.pk, order.partner = None, partner
    order.request_id = order.repair_ref_no = reference
    order.save(force_insert=True)
    workflow = Workflow.objects.get(code="technician")
    services.start(order, workflow, source=TrackingEvent.Source.COMMAND)
    _move(order, 10)
    return order


def _move(order, times):
    """Milliseconds of one status, elapsed and CPU."""
    from tracking import services
    from tracking.models import TrackingEvent

    elapsed, cpu = time.perf_counter(), time.process_time()
    for number in range(times):
        services.record(order, ("assigned", "accepted")[number % 2], source=TrackingEvent.Source.COMMAND)
    return (time.perf_counter() - elapsed) * 1000 / times, (time.process_time() - cpu) * 1000 / times


if __name__ == "__main__":
    django.setup()
    {"register": register, "fill": fill, "emit": emit, "record": record}[sys.argv[1]](*sys.argv[2:])
