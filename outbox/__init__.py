"""What must be sent and never lost: mails, webhook deliveries, notices.

`queue.enqueue` stores a message in the transaction of what it tells. `manage.py worker` claims due
messages and gives each to the handler of its kind. See `models.py` for what is promised.
"""
