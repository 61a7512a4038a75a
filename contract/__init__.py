"""The contract of docs/contract.md, tried against a running service over HTTP alone.

It repeats the contract's sentences instead of importing the service's own: a sentence changed by
mistake must not change what is expected of it.
"""
