-- What wrk is to send, as its arguments say (path, body), and what came of it, as a line of JSON.
function init(arguments)
  wrk.headers["Content-Type"] = "application/json"
  if arguments[1] == "close" then
    wrk.headers["Connection"] = "close"
  end
  if arguments[2] then
    wrk.method = "POST"
    wrk.body = arguments[2]
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"failed":%d,"refused":%d,"p50":%.1f,"p99":%.1f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
