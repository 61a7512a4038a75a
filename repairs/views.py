"""The order endpoints: validate, call one service, answer."""

from typing import cast

from rest_framework.request import Request
from rest_framework.response import Response

from partners.authentication import Caller, TokenAuthentication
from partners.endpoints import PartnerView
from repairs import schema, services
from repairs.serializers import RepairOrderSerializer
from warrantify.parsers import json_body


class SingleOrderView(PartnerView):
    """POST one repair order as JSON (CONTRACT section 3)."""

    authentication_classes = [TokenAuthentication]
    limit = "orders"

    @schema.single_order
    def post(self, request: Request) -> Response:
        """200 with the new request ID; 400 names every bad field; 409 carries the first order's ID."""
        serializer = RepairOrderSerializer(data=json_body(request))
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        request_id = services.create_order(cast(Caller, request.user), values)
        return Response(
            {
                "Success": "True",
                "Message": services.RAISED,
                "Status_code": "200",
                "DATA": services.order_data(request_id, values["repair_ref_no"]),
            }
        )
