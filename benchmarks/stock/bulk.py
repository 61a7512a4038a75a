"""The usual ways to take a workbook in."""

from pathlib import Path

import tablib
from django.db import transaction
from django.utils import timezone
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from openpyxl import load_workbook

from benchmarks.stock.models import Partner, RepairOrder
from benchmarks.stock.serializers import SheetOrderSerializer, new_request_ids

COLUMNS = {
    "repair_ref_no": "repair_ref_no",
    "Name": "customer_name",
    "CustomerMobile": "customer_mobile",
    "CustomerEmail": "customer_email",
    "Engagement_Type": "engagement_type",
    "AddressLine1": "address_line1",
    "City": "city",
    "State": "state",
    "Pincode": "pincode",
    "AssetType": "asset_type",
    "Make": "make",
    "Model": "model",
    "IMEINo": "imei_no",
    "Issue": "issue",
}


class OrderResource(resources.ModelResource):
    """Checks each row by the model's `full_clean`."""

    class Meta:
        model = RepairOrder
        import_id_fields = ["repair_ref_no"]
        fields = list(COLUMNS.values())
        clean_model_instances = True
        use_transactions = True

    for _name, _attribute in COLUMNS.items():
        locals()[_attribute] = Field(column_name=_name, attribute=_attribute)

    def before_import(self, dataset, **kwargs):
        self.partner = Partner.objects.earliest("pk")
        self.request_ids = new_request_ids()

    def import_instance(self, instance, row, **kwargs):
        if instance._state.adding:
            instance.request_id = next(self.request_ids)
            instance.partner, instance.created_at = self.partner, timezone.now()
            instance.client_name, instance.source = "Acme Devices", "upload"
        super().import_instance(instance, row, **kwargs)


class BulkOrderResource(OrderResource):
    """With what the manual advises for speed."""

    class Meta(OrderResource.Meta):
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        instance_loader_class = CachedInstanceLoader

    def validate_instance(self, instance, *args, **kwargs):
        """Without a look at the database for each row; the constraints stand."""
        instance.clean_fields(exclude={"partner", "created_by"})


def import_export(path, resource):
    dataset = tablib.Dataset().load(Path(path).read_bytes(), format="xlsx")
    result = resource().import_data(dataset, raise_errors=True)
    return result.totals["new"]


def serializer(path):
    """openpyxl, `serializer(many=True)`, `bulk_create`."""
    rows = load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    header = next(rows)
    partner = Partner.objects.earliest("pk")
    data = [dict(zip(header, row, strict=True)) | {"client_name": "Acme Devices"} for row in rows]
    references = [row["repair_ref_no"] for row in data]
    known = set(
        RepairOrder.objects.filter(partner=partner, repair_ref_no__in=references).values_list(
            "repair_ref_no", flat=True
        )
    )
    data = [row for row in data if row["repair_ref_no"] not in known]
    judged = SheetOrderSerializer(data=data, many=True, context={"partner": partner})
    judged.is_valid(raise_exception=True)
    orders = [
        RepairOrder(request_id=request_id, created_at=timezone.now(), source="upload", **values)
        for request_id, values in zip(new_request_ids(), judged.validated_data, strict=False)
    ]
    with transaction.atomic():
        return len(RepairOrder.objects.bulk_create(orders))


METHODS = {
    "import-export": lambda path: import_export(path, OrderResource),
    "import-export use_bulk": lambda path: import_export(path, BulkOrderResource),
    "openpyxl + serializer": serializer,
}
