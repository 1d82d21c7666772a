package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/// Requests to the hub. Redirects are followed here and not by Java, for the token must go to the hub alone; nothing waits for ever.
final class Wire implements AutoCloseable {
    private static final int MAX_REDIRECTS = 10;
    /// What some hosts put into a Location all the same.
    private static final Pattern ILLEGAL = Pattern.compile("[^!#$%&'()*+,./0-9:;=?@A-Z\\[\\]_a-z~-]+");
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final HubSettings settings;
    private final Patience patience;
    private final HttpClient client;

    Wire(HubSettings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).connectTimeout(patience.connect()).build();
    }

    Patience patience() { return patience; }

    /// An address of the hub.
    ///
    /// @param path what follows the endpoint, encoded already
    URI address(String path) { return URI.create(settings.endpoint() + path); }

    /// What a request says besides the usual.
    interface Headers {
        /// @param hub whether `at` is the hub's, and not a host that it sent to
        Map<String, String> at(URI at, boolean hub);
    }

    /// @throws IOException where no answer came
    Answer get(URI address, Headers headers) throws IOException { return send("GET", address, headers); }

    /// Follows only what stays on the hub: others know nothing about its files.
    Answer head(URI address) throws IOException { return send("HEAD", address, (_, _) -> Map.of()); }

    private Answer send(String method, URI address, Headers headers) throws IOException {
        URI at = address;
        HttpHeaders hub = null;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            boolean own = isHub(at);
            HttpResponse<InputStream> response = exchange(request(method, at, headers.at(at, own), own), patience.stall());
            if (own) hub = response.headers();
            Answer answer = new Answer(response.statusCode(), at, own, hub, response.headers(), new Stall(response.body(), patience.stall()));
            if (!REDIRECTS.contains(answer.status())) return answer;
            answer.close();
            URI next = target(at, response.headers());
            if (method.equals("HEAD") && !isHub(next)) return answer;
            at = next;
        }
        throw new ModelException(Reasons.line(address.toString()), "answer", "at most " + MAX_REDIRECTS + " redirects", "more");
    }

    private HttpRequest request(String method, URI address, Map<String, String> headers, boolean own) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).method(method, HttpRequest.BodyPublishers.noBody());
        headers.forEach(request::setHeader);
        request.setHeader("Accept-Encoding", "identity").setHeader("User-Agent", "oriel");
        if (own) settings.token().ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
        return request.build();
    }

    /// Waits for the headers; the client's own timeout would count the body's time too in later versions of Java.
    private HttpResponse<InputStream> exchange(HttpRequest request, Duration wait) throws IOException {
        CompletableFuture<HttpResponse<InputStream>> answer = client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        try {
            return answer.get(patience.connect().plus(wait).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no answer in " + patience.connect().plus(wait).toSeconds() + " s");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(Reasons.of(e.getCause()), e.getCause());
        }
    }

    private static URI target(URI from, HttpHeaders headers) {
        String location = headers.firstValue("Location").orElse("");
        try {
            URI to = from.resolve(new URI(ILLEGAL.matcher(location).replaceAll(m -> HubApi.encoded(m.group()))));
            boolean web = "https".equalsIgnoreCase(to.getScheme()) || "http".equalsIgnoreCase(to.getScheme()) && "http".equalsIgnoreCase(from.getScheme());
            if (!location.isEmpty() && web && to.getHost() != null && to.getRawUserInfo() == null) return to;
        } catch (URISyntaxException e) {
            // Told below, like other places that cannot be gone to.
            location = "what is no address: " + location;
        }
        throw new ModelException(Reasons.line(from.toString()), "redirect", "an address of the web, and no way from https to http", location.isEmpty() ? "none" : location);
    }

    private boolean isHub(URI address) { return origin(address).equals(origin(settings.endpoint())); }

    private static String origin(URI address) {
        int port = address.getPort() >= 0 ? address.getPort() : "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
        return (address.getScheme() + "://" + address.getHost() + ":" + port).toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() { client.shutdownNow(); }
}
