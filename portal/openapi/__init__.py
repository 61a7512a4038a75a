"""The OpenAPI document: one module for each family of endpoints.

Views do not know how they are documented: each module attaches its descriptions by `document()`, and
`portal.apps` imports them all. A new endpoint gets its errors in `errors.py`, its bodies and its
description in the module of its family.
"""
