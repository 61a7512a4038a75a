<?php
// From the first order to the first poll. Needs PHP 8+ with the curl extension.
// WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD and WARRANTIFY_API_KEY come from the environment.
declare(strict_types=1);

$key = ['X-API-Key: ' . getenv('WARRANTIFY_API_KEY')];

function fail(string $message): never
{
    fwrite(STDERR, "$message\n");
    exit(1);
}

/** Sends again while the service is busy or away; safe for every endpoint. */
function call(string $path, array $headers, mixed $body = null): array
{
    foreach ([1, 2, 4, 8, 0] as $pause) {
        $answer = ['headers' => []];
        $curl = curl_init(getenv('WARRANTIFY_URL') . '/api/warrantify' . $path);
        curl_setopt_array($curl, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 10,
            CURLOPT_TIMEOUT => 30,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$answer): int {
                [$name, $value] = explode(':', $line, 2) + [1 => ''];
                $answer['headers'][strtolower($name)] = trim($value);
                return strlen($line);
            },
        ]);
        if ($body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
        }
        $answer['body'] = curl_exec($curl);
        $answer['status'] = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        if (!in_array($answer['status'], [0, 429, 500, 502, 503, 504], true)) {
            return $answer;
        }
        sleep((int) ($answer['headers']['retry-after'] ?? $pause));
    }
    fail('The service does not answer.');
}

function postJson(string $path, array $body, array $headers = []): array
{
    $headers[] = 'Content-Type: application/json';
    return call($path, $headers, json_encode($body));
}

function logIn(): array
{
    $credentials = [
        'username' => getenv('WARRANTIFY_USERNAME'),
        'password' => getenv('WARRANTIFY_PASSWORD'),
    ];
    $answer = postJson('/token/', $credentials);
    $body = json_decode($answer['body']);
    if ($answer['status'] !== 200) {
        fail("No token: $body->Message. Check WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD.");
    }
    return ["Authorization: Bearer $body->access"];
}

/** The order's request ID, whether this was its first sending (200) or not (409). */
function raiseOrder(array $order, array $token): string
{
    $answer = postJson('/repair/single-order/', $order, $token);
    if (!in_array($answer['status'], [200, 409], true)) {
        fail($answer['body']);
    }
    return json_decode($answer['body'])->DATA->request_id;
}

function upload(string $path, bool $validateOnly, array $key): object
{
    $parts = [
        'Client Email' => 'repairs@example.com',
        'Client Name' => 'Acme Devices',
        'customFile' => new CURLFile($path, 'application/octet-stream', 'orders.xlsx'),
    ];
    if ($validateOnly) {
        $parts['Validate Only'] = 'true';
    }
    return json_decode(call('/repair/bulk-order/', $key, $parts)['body']);
}

/** 200, or 304 where nothing has changed since the answer with that ETag. */
function track(string $reference, array $key, string $etag = ''): array
{
    $headers = $etag === '' ? $key : [...$key, "If-None-Match: $etag"];
    return call('/claim/tracking/?' . http_build_query(['ReferenceID' => $reference]), $headers);
}

$order = [
    'repair_ref_no' => $argv[1] ?? 'DEMO-' . time(),
    'client_name' => 'Acme Devices',
    'Name' => 'Amit Patel',
    'CustomerMobile' => '9876543210',
    'CustomerEmail' => 'amit@example.com',
    'Engagement_Type' => 'Home',
    'AddressLine1' => 'Flat 301, Tower A',
    'City' => 'Bangalore',
    'State' => 'Karnataka',
    'Pincode' => '560001',
    'AssetType' => 'Laptop',
    'Make' => 'Dell',
    'Model' => 'XPS 15',
    'IMEINo' => 'SN123456789',
    'centre_city' => 'Bangalore',
    'Issue' => 'Battery not charging',
    'Size' => '15 inch',
];
$token = logIn();
echo 'order: ', raiseOrder($order, $token), "\n";
echo 'again: ', raiseOrder($order, $token), "\n";

$file = tempnam(sys_get_temp_dir(), 'orders');
file_put_contents($file, call('/sample-template/', $key)['body']);
echo 'upload: ', upload($file, true, $key)->Message, "\n";
unlink($file);

$tracking = track($order['repair_ref_no'], $key);
echo 'tracking: ', $tracking['body'], "\n";
echo 'poll: ', track($order['repair_ref_no'], $key, $tracking['headers']['etag'])['status'], "\n";
