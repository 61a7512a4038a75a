// From the first order to the first poll. Needs Node.js 18+ and nothing else.
// WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD and WARRANTIFY_API_KEY come from the environment.
const { WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD, WARRANTIFY_API_KEY } = process.env;
const api = `${WARRANTIFY_URL}/api/warrantify`;
const key = { "X-API-Key": WARRANTIFY_API_KEY };
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// Sends again while the service is busy or away; safe for every endpoint.
async function call(path, options) {
  for (const pause of [1, 2, 4, 8, 0]) {
    const answer = await fetch(api + path, { ...options, signal: AbortSignal.timeout(30_000) }).catch(() => null);
    if (answer && ![429, 500, 502, 503, 504].includes(answer.status)) return answer;
    await sleep(Number(answer?.headers.get("Retry-After") ?? pause));
  }
  throw new Error("The service does not answer.");
}

const postJson = (path, body, headers = {}) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

async function logIn() {
  const answer = await postJson("/token/", { username: WARRANTIFY_USERNAME, password: WARRANTIFY_PASSWORD });
  const body = await answer.json();
  if (answer.status !== 200) {
    throw new Error(`No token: ${body.Message}. Check WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD.`);
  }
  return { Authorization: `Bearer ${body.access}` };
}

// The order's request ID, whether this was its first sending (200) or not (409).
async function raiseOrder(order, token) {
  const answer = await postJson("/repair/single-order/", order, token);
  const body = await answer.json();
  if (![200, 409].includes(answer.status)) throw new Error(JSON.stringify(body));
  return body.DATA.request_id;
}

async function upload(workbook, validateOnly) {
  const form = new FormData();
  form.set("Client Email", "repairs@example.com");
  form.set("Client Name", "Acme Devices");
  if (validateOnly) form.set("Validate Only", "true");
  form.set("customFile", new Blob([workbook]), "orders.xlsx");
  return (await call("/repair/bulk-order/", { method: "POST", headers: key, body: form })).json();
}

// 200, or 304 where nothing has changed since the answer with that ETag.
function track(reference, etag) {
  const headers = etag ? { ...key, "If-None-Match": etag } : key;
  return call(`/claim/tracking/?${new URLSearchParams({ ReferenceID: reference })}`, { headers });
}

async function main() {
  const order = {
    repair_ref_no: process.argv[2] ?? `DEMO-${Date.now()}`,
    client_name: "Acme Devices",
    Name: "Amit Patel",
    CustomerMobile: "9876543210",
    CustomerEmail: "amit@example.com",
    Engagement_Type: "Home",
    AddressLine1: "Flat 301, Tower A",
    City: "Bangalore",
    State: "Karnataka",
    Pincode: "560001",
    AssetType: "Laptop",
    Make: "Dell",
    Model: "XPS 15",
    IMEINo: "SN123456789",
    centre_city: "Bangalore",
    Issue: "Battery not charging",
    Size: "15 inch",
  };
  const token = await logIn();
  console.log("order:", await raiseOrder(order, token));
  console.log("again:", await raiseOrder(order, token));

  const template = await (await call("/sample-template/", { headers: key })).arrayBuffer();
  console.log("upload:", (await upload(template, true)).Message);

  const tracking = await track(order.repair_ref_no);
  console.log("tracking:", await tracking.text());
  console.log("poll:", (await track(order.repair_ref_no, tracking.headers.get("ETag"))).status);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
