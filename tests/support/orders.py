"""Orders as partners send them."""

from typing import Any

ORDER = {
    "repair_ref_no": "REP10001",
    "client_name": "Acme Devices",
    "Name": "Amit Patel",
    "CustomerMobile": "9876543210",
    "CustomerEmail": "amit@example.com",
    "Engagement_Type": "Home",
    "AddressLine1": "Flat 301, Tower A",
    "AddressLine2": "MG Road",
    "City": "Bangalore",
    "State": "Karnataka",
    "Pincode": "560001",
    "AssetType": "Laptop",
    "Make": "Dell",
    "Model": "XPS 15",
    "IMEINo": "SN123456789",
    "centre_city": "NA",
    "Issue": "Battery not charging",
    "Size": "15 inch",
}


def an_order(**changes: Any) -> dict[str, Any]:
    """The documentation's sample order, with `changes`; a change to `...` leaves the field out."""
    return {name: value for name, value in {**ORDER, **changes}.items() if value is not ...}
