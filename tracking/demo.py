"""Invented orders with histories, for trying out and for measuring; the same seed, the same orders.

Names, numbers and addresses are made up; e-mail domains are reserved ones.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from repairs.fields import FIELDS
from tracking.models import TrackingEvent, Workflow, WorkflowStep

Row = dict[str, Any]

PARTNERS = (
    "Suryodaya Mobiles",
    "Lotus Electronics",
    "Vajra Computers",
    "Nilgiri Retail",
    "Bharosa Insurance",
    "Kaveri Appliances",
    "Himgiri Devices",
    "Jyoti Gadgets",
)
FIRST_NAMES = (
    "Aarav Aditi Amit Ananya Anil Arjun Asha Bhavna Chetan Deepa Deepak Divya Farhan Fatima Gaurav Gayatri "
    "Harish Ishita Jaspreet Karthik Kavita Lakshmi Manoj Meera Mohammed Naveen Neha Nikhil Pooja Pradeep "
    "Priya Rahul Rajesh Ramesh Ravi Rohan Sana Sanjay Shreya Simran Sneha Suresh Swati Tanvi Uma Varun "
    "Vijay Vikram Yash Zoya"
).split()
LAST_NAMES = (
    "Agarwal Banerjee Bhat Chauhan Chopra Das Desai Deshmukh Fernandes Ghosh Gill Gupta Hegde Iyer Jain Joshi "
    "Kapoor Khan Krishnan Kulkarni Kumar Malhotra Mehta Menon Mishra Mukherjee Naidu Nair Patel Patil Pillai "
    "Rao Reddy Saxena Shah Sharma Shetty Singh Sinha Subramaniam Thakur Verma Yadav"
).split()
PLACES = (
    ("Mumbai", "Maharashtra", "400"),
    ("Pune", "Maharashtra", "411"),
    ("Nagpur", "Maharashtra", "440"),
    ("New Delhi", "Delhi", "110"),
    ("Bangalore", "Karnataka", "560"),
    ("Mysuru", "Karnataka", "570"),
    ("Hyderabad", "Telangana", "500"),
    ("Chennai", "Tamil Nadu", "600"),
    ("Coimbatore", "Tamil Nadu", "641"),
    ("Kolkata", "West Bengal", "700"),
    ("Ahmedabad", "Gujarat", "380"),
    ("Surat", "Gujarat", "395"),
    ("Jaipur", "Rajasthan", "302"),
    ("Lucknow", "Uttar Pradesh", "226"),
    ("Kanpur", "Uttar Pradesh", "208"),
    ("Indore", "Madhya Pradesh", "452"),
    ("Bhopal", "Madhya Pradesh", "462"),
    ("Patna", "Bihar", "800"),
    ("Chandigarh", "Chandigarh", "160"),
    ("Kochi", "Kerala", "682"),
    ("Bhubaneswar", "Odisha", "751"),
    ("Guwahati", "Assam", "781"),
)
STREETS = (
    "MG Road",
    "Station Road",
    "Gandhi Nagar",
    "Nehru Marg",
    "Park Street",
    "Ring Road",
    "Lake View Road",
    "Sector 21",
    "Civil Lines",
    "Temple Street",
)
_SCREEN, _POWER = "Screen cracked", "Does not switch on"
DEVICES = (
    ("Mobile", "Samsung", ("Galaxy A54", "Galaxy M34", "Galaxy S23"), ("6.4 inch", "6.6 inch")),
    ("Mobile", "Xiaomi", ("Redmi Note 12", "Redmi 13C"), ("6.7 inch",)),
    ("Mobile", "OnePlus", ("Nord CE 3", "11R"), ("6.7 inch",)),
    ("Mobile", "Vivo", ("Y56", "V29"), ("6.6 inch",)),
    ("Laptop", "Dell", ("XPS 15", "Inspiron 3520"), ("15 inch",)),
    ("Laptop", "HP", ("Pavilion 14", "Victus 16"), ("14 inch", "16 inch")),
    ("Laptop", "Lenovo", ("IdeaPad Slim 3", "ThinkPad E14"), ("14 inch", "15 inch")),
    ("Tablet", "Samsung", ("Galaxy Tab A9",), ("11 inch",)),
    ("Television", "LG", ("OLED C3", "UR7500"), ("43 inch", "55 inch")),
    ("Television", "Sony", ("Bravia X74L",), ("50 inch",)),
)
ISSUES = {
    "Mobile": (_SCREEN, "Battery drains fast", "Not charging", "Speaker silent", "Camera blurred", _POWER),
    "Laptop": ("Battery not charging", _SCREEN, "Keyboard keys dead", "Overheats", "Hinge broken", _POWER),
    "Tablet": (_SCREEN, "Not charging", "Touch does not react"),
    "Television": ("Lines on the panel", "No sound", _POWER, "HDMI port dead"),
}

# How often a step is taken; those not named always are.
TAKEN = {
    "customer not in location": 0.1,
    "pickup done": 0.35,
    "estimation raised": 0.3,
    "verified date": 0.2,
    "reached service centre": 0.6,
    "part demanded": 0.25,
    "awaiting approval": 0.25,
    "approved": 0.25,
    "handed over to ASP": 0.1,
    "part allocated": 0.2,
    "part received": 0.2,
    "technician visit": 0.3,
    "devicecollectedfromasp": 0.1,
    "device collected from ASP": 0.1,
    "diagnosis complete": 0.7,
    "Servicer visit": 0.1,
}
MEAN_HOURS = 9
WORKFLOW_CODES = {"Home": "technician", "Onsite": "technician"}
NOTES = ("", "", "", "", "", "Customer informed by phone", "Called twice, no answer", "Part on order")


@dataclass
class Clock:
    """The next free keys, as rows are inserted with keys of their own."""

    order: int
    event: int


class Demo:
    """Draws orders and histories from one seeded source of chance."""

    def __init__(self, seed: int, now: datetime, partner_ids: Sequence[int], user_ids: Sequence[int]) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.now = now
        self.partner_ids = partner_ids
        self.user_ids = user_ids
        self.steps: dict[str, list[WorkflowStep]] = {
            workflow.code: list(workflow.steps.all())
            for workflow in Workflow.objects.prefetch_related("steps").order_by("position")
        }
        self._recent: list[Row] = []

    def times(self, how_many: int, days: int) -> list[datetime]:
        """Sorted moments of the last `days` days, most of them at working hours."""
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        moments = (
            midnight
            - timedelta(days=self.random.randrange(days))
            + timedelta(seconds=min(86_399, max(0, self.random.gauss(13.5, 3.5) * 3600)))
            for _ in range(how_many)
        )
        # What would lie in the future of today happened an hour or a week ago.
        return sorted(
            m if m < self.now else m - timedelta(days=1 + self.random.randrange(7)) for m in moments
        )

    def order(self, pk: int, request_id: str, created_at: datetime) -> Row:
        """An order's columns; one in thirty is a recent customer's device again."""
        chance = self.random
        row: Row = {
            "id": pk,
            "request_id": request_id,
            "repair_ref_no": f"{chance.choice('ABCDEFGH')}R-{pk:08d}",
            "partner_id": chance.choice(self.partner_ids),
            "created_at": created_at,
            "started_at": None,
            **self._device_of_customer(),
        }
        uploaded = chance.random() < 0.4
        row["source"] = "upload" if uploaded else "api"
        row["engagement_type"] = chance.choice(
            ("Onsite", "Offsite") if uploaded else ("Home", "Pickup", "Walk-in")
        )
        return row
