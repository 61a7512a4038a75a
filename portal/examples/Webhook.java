// Verifies a webhook by hand. Arguments: the webhook-id, -timestamp and -signature headers; the body is
// standard input, the secret WEBHOOK_SECRET.
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Webhook {
    static boolean isOurs(String secret, String id, String timestamp, String signatures, byte[] body)
            throws Exception {
        if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > 300) return false;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes();
        for (String signature : signatures.split(" ")) {
            if (MessageDigest.isEqual(signature.getBytes(), expected)) return true;
        }
        return false;
    }

    public static void main(String[] headers) throws Exception {
        byte[] body = System.in.readAllBytes();
        if (!isOurs(System.getenv("WEBHOOK_SECRET"), headers[0], headers[1], headers[2], body)) System.exit(1);
        System.out.println("verified");
    }
}
