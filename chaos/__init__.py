"""Faults on purpose: the deployment's own topology on loopback, load, and a ledger that must balance."""
