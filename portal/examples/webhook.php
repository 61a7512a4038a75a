<?php
// Verifies a webhook by hand: WEBHOOK_SECRET, the three headers and the body from standard input.

function verified(string $secret, array $headers, string $body): array
{
    $key = base64_decode(substr($secret, strlen('whsec_')));
    $timestamp = $headers['webhook-timestamp'];
    if (abs(time() - (int) $timestamp) > 300) {
        throw new RuntimeException('too old');
    }
    $hmac = hash_hmac('sha256', "{$headers['webhook-id']}.$timestamp.$body", $key, true);
    foreach (explode(' ', $headers['webhook-signature']) as $signature) {
        if (hash_equals('v1,' . base64_encode($hmac), $signature)) {
            return json_decode($body, true);
        }
    }
    throw new RuntimeException('wrong signature');
}

$sent = json_decode(stream_get_contents(STDIN), true); // {"headers": {...}, "body": "..."}
echo verified(getenv('WEBHOOK_SECRET'), $sent['headers'], $sent['body'])['type'], "\n";
