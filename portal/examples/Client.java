// From the first order to the first poll. Needs Java 17+ and nothing else: java Client.java
// WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD and WARRANTIFY_API_KEY come from the environment.
// (In your own code read the answers with a JSON library.)

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

public class Client {
    static final String API = System.getenv("WARRANTIFY_URL") + "/api/warrantify";
    static final String KEY = System.getenv("WARRANTIFY_API_KEY");
    static final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /** Sends again while the service is busy or away; safe for every endpoint. */
    static HttpResponse<byte[]> call(HttpRequest request) throws InterruptedException {
        for (int pause : new int[] {1, 2, 4, 8, 0}) {
            long wait = pause;
            try {
                HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
                if (!List.of(429, 500, 502, 503, 504).contains(answer.statusCode())) return answer;
                wait = answer.headers().firstValueAsLong("Retry-After").orElse(pause);
            } catch (IOException away) {
                // sent again below
            }
            Thread.sleep(wait * 1000);
        }
        throw fail("The service does not answer.");
    }

    static Error fail(String message) {
        System.err.println(message);
        System.exit(1);
        return new Error(message);
    }

    static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(API + path)).timeout(Duration.ofSeconds(30));
    }

    static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    static String member(String json, String name) {
        var found = Pattern.compile('"' + name + "\" *: *\"([^\"]*)\"").matcher(json);
        if (!found.find()) throw new IllegalStateException(json);
        return found.group(1);
    }

    static String logIn() throws InterruptedException {
        String body = "{\"username\": \"%s\", \"password\": \"%s\"}"
            .formatted(System.getenv("WARRANTIFY_USERNAME"), System.getenv("WARRANTIFY_PASSWORD"));
        var request = to("/token/").header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
        var answer = call(request.build());
        if (answer.statusCode() != 200) {
            String message = member(text(answer), "Message");
            throw fail("No token: " + message + ". Check WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD.");
        }
        return member(text(answer), "access");
    }

    /** The order's request ID, whether this was its first sending (200) or not (409). */
    static String raiseOrder(String order, String token) throws InterruptedException {
        var request = to("/repair/single-order/")
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(order));
        return member(text(call(request.build())), "request_id");
    }

    static String upload(byte[] workbook, boolean validateOnly) throws IOException, InterruptedException {
        String boundary = "warrantify-boundary";
        var body = new ByteArrayOutputStream();
        String part = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n";
        body.write(part.formatted("Client Email", "repairs@example.com").getBytes());
        body.write(part.formatted("Client Name", "Acme Devices").getBytes());
        if (validateOnly) body.write(part.formatted("Validate Only", "true").getBytes());
        body.write(part.formatted("customFile\"; filename=\"orders.xlsx", "").stripTrailing().getBytes());
        body.write("\r\n\r\n".getBytes());
        body.write(workbook);
        body.write(("\r\n--" + boundary + "--\r\n").getBytes());
        var request = to("/repair/bulk-order/")
            .header("X-API-Key", KEY)
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(BodyPublishers.ofByteArray(body.toByteArray()));
        return member(text(call(request.build())), "Message");
    }

    /** 200, or 304 where nothing has changed since the answer with that ETag. */
    static HttpResponse<byte[]> track(String reference, String etag) throws InterruptedException {
        String query = "?ReferenceID=" + URLEncoder.encode(reference, StandardCharsets.UTF_8);
        var request = to("/claim/tracking/" + query).header("X-API-Key", KEY);
        if (etag != null) request.header("If-None-Match", etag);
        return call(request.build());
    }

    public static void main(String[] arguments) throws Exception {
        String reference = arguments.length > 0 ? arguments[0] : "DEMO-" + System.currentTimeMillis();
        String order = """
            {
              "repair_ref_no": "%s", "client_name": "Acme Devices", "Name": "Amit Patel",
              "CustomerMobile": "9876543210", "CustomerEmail": "amit@example.com", "Engagement_Type": "Home",
              "AddressLine1": "Flat 301, Tower A", "City": "Bangalore", "State": "Karnataka",
              "Pincode": "560001", "AssetType": "Laptop", "Make": "Dell", "Model": "XPS 15",
              "IMEINo": "SN123456789", "centre_city": "Bangalore", "Issue": "Battery not charging",
              "Size": "15 inch"
            }""".formatted(reference);
        String token = logIn();
        System.out.println("order: " + raiseOrder(order, token));
        System.out.println("again: " + raiseOrder(order, token));

        byte[] template = call(to("/sample-template/").header("X-API-Key", KEY).build()).body();
        System.out.println("upload: " + upload(template, true));

        var tracking = track(reference, null);
        System.out.println("tracking: " + text(tracking));
        System.out.println("poll: " + track(reference, tracking.headers().firstValue("ETag").orElseThrow()).statusCode());
    }
}
