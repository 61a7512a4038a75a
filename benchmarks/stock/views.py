"""Two views: simplejwt's own authentication for one, a hashed key for the other."""

import hashlib
import hmac

from django.db import IntegrityError
from django.db.models import Prefetch
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from benchmarks.stock.models import ApiKey, Event, RepairOrder
from benchmarks.stock.serializers import OrderSerializer, TrackingSerializer


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        text = request.headers.get("X-API-Key", "")
        try:
            key = ApiKey.objects.select_related("partner").get(prefix=text[3:15])
        except ApiKey.DoesNotExist:
            raise exceptions.AuthenticationFailed("Invalid or missing API key") from None
        proven = hmac.compare_digest(key.digest, hashlib.sha256(text.encode()).hexdigest())
        expired = key.expires_at and key.expires_at <= timezone.now()
        if not proven or key.revoked_at or expired or not key.partner.is_active:
            raise exceptions.AuthenticationFailed("Invalid or missing API key")
        return key, None

    def authenticate_header(self, request):
        return "ApiKey"


class OfActivePartner(BasePermission):
    def has_permission(self, request, view):
        partner = getattr(request.user, "partner", None)
        if not (partner and partner.is_active):
            raise exceptions.AuthenticationFailed("Invalid or missing token")
        return True


class SingleOrderView(APIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [OfActivePartner]

    def post(self, request):
        partner = request.user.partner
        serializer = OrderSerializer(data=request.data, context={"partner": partner})
        if not serializer.is_valid():
            # The one error of the whole, not of a field, is the constraint's.
            if "non_field_errors" in serializer.errors:
                return self.duplicate(partner, request.data["repair_ref_no"])
            return Response({"Success": "False", "Errors": serializer.errors}, status=400)
        order = None
        while order is None:
            try:
                order = serializer.save(created_by=request.user)
            except IntegrityError:
                reference = serializer.validated_data["repair_ref_no"]
                if RepairOrder.objects.filter(partner=partner, repair_ref_no=reference).exists():
                    return self.duplicate(partner, reference)
                # Two requests drew one ID: draw again.
        return Response(
            {
                "Success": "True",
                "Message": "Repair request has been raised successfully",
                "Status_code": "200",
                "DATA": {"request_id": order.request_id, "service_request_id": order.repair_ref_no},
            }
        )

    def duplicate(self, partner, reference):
        first = RepairOrder.objects.get(partner=partner, repair_ref_no=reference)
        data = {"request_id": first.request_id, "service_request_id": reference}
        return Response({"Success": "False", "DATA": data}, status=409)


class TrackingView(APIView):
    authentication_classes = [KeyAuthentication]

    def get(self, request):
        reference = request.query_params.get("ReferenceID", "")
        visible = Event.objects.filter(voided_at=None).select_related("step")
        orders = RepairOrder.objects.filter(partner=request.user.partner).prefetch_related(
            Prefetch("events", visible, to_attr="visible_events")
        )
        order = orders.filter(request_id=reference).first() or orders.filter(repair_ref_no=reference).first()
        if order is None:
            raise exceptions.NotFound("Reference ID does not exist")
        data = TrackingSerializer(order, context={"visits": {}}).data
        return Response({"Success": "True", "Status_code": "200", "DATA": data})
