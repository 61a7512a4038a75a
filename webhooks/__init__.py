"""Webhooks: what a poll would show, pushed to the partner (docs/contract.md section 8).

`events` stores an event in the transaction of the change. `services` holds what partners and staff do to
webhooks, `delivery` is the outbox's handler, `sending` the one place that connects to partners' servers.
"""
