"""Verifies a webhook with the official library: pip install standardwebhooks."""

import json
import os
import sys

from standardwebhooks.webhooks import Webhook

sent = json.load(sys.stdin)  # {"headers": {...}, "body": "..."}
event = Webhook(os.environ["WEBHOOK_SECRET"]).verify(sent["body"], sent["headers"])
print(event["type"])
