"""ModelSerializers, as the DRF tutorial teaches them."""

import secrets

from django.utils import timezone
from rest_framework import serializers

from benchmarks.stock.models import PLACE, Event, RepairOrder


def draw():
    return f"REPAIR{timezone.localtime():%Y%m%d}{secrets.randbelow(10_000):04d}"


def new_request_id():
    """Draws until an ID is free."""
    while RepairOrder.objects.filter(request_id=(drawn := draw())).exists():
        pass
    return drawn


def new_request_ids():
    """Draws until an ID is free, for a whole upload: today's IDs are read once."""
    taken = set(
        RepairOrder.objects.filter(request_id__startswith=draw()[:14]).values_list("request_id", flat=True)
    )
    while True:
        if (drawn := draw()) not in taken:
            taken.add(drawn)
            yield drawn


class CurrentPartner:
    requires_context = True

    def __call__(self, field):
        return field.context["partner"]


class OrderSerializer(serializers.ModelSerializer):
    partner = serializers.HiddenField(default=CurrentPartner())
    Name = serializers.CharField(source="customer_name", max_length=200)
    CustomerMobile = serializers.RegexField(r"^[0-9]{10}\Z", source="customer_mobile")
    CustomerEmail = serializers.EmailField(source="customer_email", max_length=254)
    Engagement_Type = serializers.ChoiceField(["Home", "Pickup", "Walk-in"], source="engagement_type")
    AddressLine1 = serializers.CharField(source="address_line1", max_length=500)
    AddressLine2 = serializers.CharField(
        source="address_line2", max_length=500, required=False, allow_blank=True
    )
    City = serializers.CharField(source="city", max_length=100, validators=[PLACE])
    State = serializers.CharField(source="state", max_length=100, validators=[PLACE])
    Pincode = serializers.RegexField(r"^[0-9]{6}\Z", source="pincode")
    AssetType = serializers.CharField(source="asset_type", max_length=100)
    Make = serializers.CharField(source="make", max_length=100)
    Model = serializers.CharField(source="model", max_length=100)
    IMEINo = serializers.CharField(source="imei_no", max_length=100)
    Issue = serializers.CharField(source="issue", max_length=2000)
    centre_city = serializers.CharField(max_length=100)
    Size = serializers.CharField(source="size", max_length=100)

    class Meta:
        model = RepairOrder
        fields = [
            "partner",
            "repair_ref_no",
            "client_name",
            "Name",
            "CustomerMobile",
            "CustomerEmail",
            "Engagement_Type",
            "AddressLine1",
            "AddressLine2",
            "City",
            "State",
            "Pincode",
            "AssetType",
            "Make",
            "Model",
            "IMEINo",
            "centre_city",
            "Issue",
            "Size",
        ]

    def create(self, validated_data):
        return RepairOrder.objects.create(
            request_id=new_request_id(), created_at=timezone.now(), **validated_data
        )


class SheetOrderSerializer(OrderSerializer):
    """A row of a workbook."""

    Engagement_Type = serializers.ChoiceField(["Onsite", "Offsite"], source="engagement_type")
    centre_city = serializers.CharField(max_length=100, required=False)
    Size = serializers.CharField(source="size", max_length=100, required=False)

    class Meta(OrderSerializer.Meta):
        validators = []  # references are compared in one query, not one by one


class EventSerializer(serializers.ModelSerializer):
    date = serializers.DateTimeField(source="occurred_at", format="%d-%m-%Y %H:%M:%S")
    status = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["date", "status"]

    def get_status(self, event):
        code = event.step.code
        if not event.step.numbered:
            return code
        visits = self.context["visits"]
        visits[code] = visits.get(code, 0) + 1
        return f"{code} - {visits[code]}"


class TrackingSerializer(serializers.ModelSerializer):
    current_status = serializers.SerializerMethodField()
    tracking_details = EventSerializer(source="visible_events", many=True)

    class Meta:
        model = RepairOrder
        fields = ["tracking_details", "current_status"]

    def get_current_status(self, order):
        return None

    def to_representation(self, order):
        data = super().to_representation(order)
        details = data["tracking_details"]
        return {"current_status": details[-1] if details else None, "tracking_details": details}
