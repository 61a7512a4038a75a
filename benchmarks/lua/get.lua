-- Polls the references of a file, one a line and where an ETag follows it, conditionally.
-- Arguments: API key, path of the file.
local requests = {}
local sent = 0

function init(args)
  for line in io.lines(args[2]) do
    local reference, etag = line:match("^(%S+)%s*(.*)$")
    local headers = { ["X-API-Key"] = args[1] }
    if etag ~= "" then headers["If-None-Match"] = etag end
    requests[#requests + 1] =
      wrk.format("GET", "/api/warrantify/claim/tracking/?ReferenceID=" .. reference, headers)
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

-- One JSON line at the end.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
