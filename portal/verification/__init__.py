"""A live service held against the contract, over HTTP alone.

It repeats the contract's sentences instead of importing the service's own: a sentence changed by
mistake must not change what is expected of it.
"""
