// Verifies a webhook by hand: WEBHOOK_SECRET, the three headers and the body from standard input.
// With the official library: new Webhook(secret).verify(body, headers), from the package standardwebhooks.
const crypto = require("node:crypto");
const fs = require("node:fs");

function verified(secret, headers, body) {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const timestamp = headers["webhook-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) throw new Error("too old");
  const hmac = crypto.createHmac("sha256", key).update(`${headers["webhook-id"]}.${timestamp}.${body}`);
  const expected = Buffer.from("v1," + hmac.digest("base64"));
  for (const text of headers["webhook-signature"].split(" ")) {
    const signature = Buffer.from(text);
    if (signature.length === expected.length && crypto.timingSafeEqual(signature, expected)) return JSON.parse(body);
  }
  throw new Error("wrong signature");
}

const sent = JSON.parse(fs.readFileSync(0, "utf8")); // {"headers": {...}, "body": "..."}
console.log(verified(process.env.WEBHOOK_SECRET, sent.headers, sent.body).type);
