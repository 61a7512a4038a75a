"""The OpenAPI document: `endpoints.md` says what each endpoint does and which errors it has; a module for
each app attaches that, with the bodies and examples, to the views, which do not know it.
"""
