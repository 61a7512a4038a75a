"""The order endpoints: validate, call one service, answer."""

from typing import cast

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from partners.authentication import Caller, TokenAuthentication
from repairs import services
from repairs.serializers import RepairOrderSerializer
from warrantify.parsers import json_body
from warrantify.views import json_answer


class SingleOrderView(APIView):
    """POST one repair order as JSON (CONTRACT section 3)."""

    authentication_classes = [TokenAuthentication]

    def post(self, request: Request) -> HttpResponse:
        """200 with the new request ID; 400 names every bad field; 409 carries the first order's ID."""
        serializer = RepairOrderSerializer(data=json_body(request))
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        request_id = services.create_order(cast(Caller, request.user), values)
        return json_answer(
            {
                "Success": "True",
                "Message": "Repair request has been raised successfully",
                "Status_code": "200",
                "DATA": services.order_data(request_id, values["repair_ref_no"]),
            }
        )
