#!/bin/sh
# From the first order to the first poll. Needs curl.
# WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD and WARRANTIFY_API_KEY come from the environment.
set -eu
api="$WARRANTIFY_URL/api/warrantify"
reference="${1:-DEMO-$(date +%s)}"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# Sends again while the service is busy or away; safe for every endpoint.
call() { curl -sS --max-time 30 --retry 5 --retry-connrefused "$@"; }
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

# 1. Log in.
token=$(call "$api/token/" -H 'Content-Type: application/json' \
  -d "{\"username\": \"$WARRANTIFY_USERNAME\", \"password\": \"$WARRANTIFY_PASSWORD\"}" | member access)
if [ -z "$token" ]; then
  echo "No token: check WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD." >&2
  exit 1
fi

# 2. Raise an order. Whatever goes wrong on the way: send it again, the reference protects you.
cat > "$folder/order.json" <<ORDER
{
  "repair_ref_no": "$reference", "client_name": "Acme Devices", "Name": "Amit Patel",
  "CustomerMobile": "9876543210", "CustomerEmail": "amit@example.com", "Engagement_Type": "Home",
  "AddressLine1": "Flat 301, Tower A", "City": "Bangalore", "State": "Karnataka", "Pincode": "560001",
  "AssetType": "Laptop", "Make": "Dell", "Model": "XPS 15", "IMEINo": "SN123456789",
  "centre_city": "Bangalore", "Issue": "Battery not charging", "Size": "15 inch"
}
ORDER
raise() {
  call "$api/repair/single-order/" -H "Authorization: Bearer $token" \
    -H 'Content-Type: application/json' --data @"$folder/order.json"
}
echo "order: $(raise | member request_id)"
echo "again: $(raise | member request_id)"

# 3. Upload a workbook; with "Validate Only" nothing is stored.
call -o "$folder/orders.xlsx" "$api/sample-template/" -H "X-API-Key: $WARRANTIFY_API_KEY"
echo "upload: $(call "$api/repair/bulk-order/" -H "X-API-Key: $WARRANTIFY_API_KEY" \
  -F 'Client Email=repairs@example.com' -F 'Client Name=Acme Devices' -F 'Validate Only=true' \
  -F "customFile=@$folder/orders.xlsx" | member Message)"

# 4. Track; with the ETag of the last answer an unchanged order costs nothing.
track() {
  call -G "$api/claim/tracking/" --data-urlencode "ReferenceID=$reference" \
    -H "X-API-Key: $WARRANTIFY_API_KEY" -D "$folder/headers" "$@"
}
echo "tracking: $(track)"
etag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$folder/headers" | tr -d '\r')
echo "poll: $(track -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag")"
