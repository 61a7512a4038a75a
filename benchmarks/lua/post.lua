-- POSTs orders, each with a reference of its own. Arguments: token, tag of the run.
local head, tail = nil, nil
local headers = { ["Content-Type"] = "application/json" }
local sent = 0

function init(args)
  headers["Authorization"] = "Bearer " .. args[1]
  head = '{"repair_ref_no":"' .. args[2] .. '-'
  tail = '","client_name":"Acme Devices","Name":"Amit Patel","CustomerMobile":"9876543210",'
    .. '"CustomerEmail":"amit@example.com","Engagement_Type":"Home","AddressLine1":"Flat 301, Tower A",'
    .. '"AddressLine2":"MG Road","City":"Bangalore","State":"Karnataka","Pincode":"560001",'
    .. '"AssetType":"Laptop","Make":"Dell","Model":"XPS 15","IMEINo":"SN123456789",'
    .. '"centre_city":"Bangalore","Issue":"Battery not charging","Size":"15 inch"}'
end

function request()
  sent = sent + 1
  return wrk.format("POST", "/api/warrantify/repair/single-order/", headers, head .. sent .. tail)
end

-- One JSON line at the end.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
