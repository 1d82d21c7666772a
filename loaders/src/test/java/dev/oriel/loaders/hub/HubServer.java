package dev.oriel.loaders.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.oriel.loaders.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// A small hub with one repository, `owner/repo`, and a second host that large files come from, as on the real one. It can be told to break and to lie.
final class HubServer implements AutoCloseable {
    static final String COMMIT = "c0ffee00112233445566778899aabbccddeeff00";
    static final String REPOSITORY = "owner/repo";

    /// What a request was, and at which host.
    record Seen(String host, String method, String path, String authorization, String range, String ifRange) {}

    /// Answers in place of the hub.
    interface Instead {
        void answer(HttpExchange exchange) throws IOException;
    }

    private record Stored(byte[] content, boolean large) {
        String etag() { return large ? hex("SHA-256", content) : hex("SHA-1", ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII), content); }
    }

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    /// By the beginning of what follows the host, or by `cdn`.
    final Map<String, Instead> instead = new LinkedHashMap<>();
    /// After how many bytes the next answers with content break off.
    final Deque<Integer> cuts = new ArrayDeque<>();
    /// Files per page of the tree.
    int pageSize = 1000;
    boolean ranges = true;

    private final Map<String, Stored> files = new TreeMap<>();
    private final HttpServer hub;
    private final HttpServer cdn;

    HubServer() {
        hub = start(this::hub);
        cdn = start(this::cdn);
    }

    private static HttpServer start(Instead handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", handler::answer);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A file that git keeps itself, and the hub sends.
    HubServer small(String path, String content) {
        files.put(path, new Stored(content.getBytes(StandardCharsets.UTF_8), false));
        return this;
    }

    /// A file that the other host sends.
    HubServer large(String path, byte[] content) {
        files.put(path, new Stored(content, true));
        return this;
    }

    String etag(String path) { return files.get(path).etag(); }

    byte[] content(String path) { return files.get(path).content(); }

    String endpoint() { return address(hub); }

    private static String address(HttpServer server) { return "http://127.0.0.1:" + server.getAddress().getPort(); }

    private void hub(HttpExchange exchange) throws IOException {
        note("hub", exchange);
        String path = exchange.getRequestURI().getPath();
        for (Map.Entry<String, Instead> other : instead.entrySet()) {
            if (!path.startsWith(other.getKey())) continue;
            other.getValue().answer(exchange);
            exchange.close();
            return;
        }
        if (path.startsWith("/api/models/" + REPOSITORY + "/revision/")) json(exchange, Map.of("id", REPOSITORY, "sha", COMMIT, "siblings", files.keySet().stream().map(name -> Map.of("rfilename", name)).toList()));
        else if (path.equals("/api/models/" + REPOSITORY + "/tree/" + COMMIT)) tree(exchange);
        else if (path.startsWith("/" + REPOSITORY + "/resolve/")) resolve(exchange, path.substring(path.indexOf('/', ("/" + REPOSITORY + "/resolve/").length()) + 1));
        else refuse(exchange, 404, "RepoNotFound");
    }

    private void tree(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        int from = query.contains("cursor=") ? Integer.parseInt(query.replaceFirst(".*cursor=(\\d+).*", "$1")) : 0;
        List<Map<String, Object>> entries = new ArrayList<>();
        files.forEach((path, stored) -> {
            Map<String, Object> entry = new LinkedHashMap<>(Map.of("type", "file", "path", path, "size", (long) stored.content().length, "oid", "1".repeat(40)));
            if (stored.large()) entry.put("lfs", Map.of("oid", stored.etag(), "size", (long) stored.content().length, "pointerSize", 134L));
            else entry.put("oid", stored.etag());
            entries.add(entry);
        });
        int to = Math.min(entries.size(), from + pageSize);
        if (to < entries.size()) exchange.getResponseHeaders().add("Link", "<" + endpoint() + "/api/models/" + REPOSITORY + "/tree/" + COMMIT + "?recursive=true&cursor=" + to + ">; rel=\"next\"");
        json(exchange, entries.subList(from, to));
    }

    private void resolve(HttpExchange exchange, String path) throws IOException {
        Stored stored = files.get(path);
        if (stored == null) {
            refuse(exchange, 404, "EntryNotFound");
            return;
        }
        exchange.getResponseHeaders().add("X-Repo-Commit", COMMIT);
        if (!stored.large()) {
            content(exchange, stored, "\"" + stored.etag() + "\"");
            return;
        }
        exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + stored.etag() + "\"");
        exchange.getResponseHeaders().add("X-Linked-Size", String.valueOf(stored.content().length));
        exchange.getResponseHeaders().add("Location", address(cdn) + encoded("/" + path));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private static String encoded(String path) {
        try {
            return new URI(null, null, path, null).toASCIIString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void cdn(HttpExchange exchange) throws IOException {
        note("cdn", exchange);
        Instead other = instead.get("cdn");
        if (other != null) other.answer(exchange);
        else content(exchange, files.get(exchange.getRequestURI().getPath().substring(1)), "\"cdn-" + exchange.getRequestURI().getPath().hashCode() + "\"");
        exchange.close();
    }

    private void content(HttpExchange exchange, Stored stored, String etag) throws IOException {
        byte[] content = stored.content();
        exchange.getResponseHeaders().add("ETag", etag);
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        int from = ranges && range != null && (condition == null || condition.equals(etag)) ? Integer.parseInt(range.replaceFirst("bytes=(\\d+)-", "$1")) : 0;
        if (from > 0) exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        int status = from > 0 ? 206 : 200;
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        int length = content.length - from;
        Integer cut;
        synchronized (cuts) {
            cut = cuts.poll();
        }
        exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
        OutputStream out = exchange.getResponseBody();
        out.write(content, from, cut == null ? length : Math.min(cut, length));
        out.flush();
        exchange.close();
    }

    private void note(String host, HttpExchange exchange) {
        var headers = exchange.getRequestHeaders();
        seen.add(new Seen(host, exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers.getFirst("Authorization"), headers.getFirst("Range"), headers.getFirst("If-Range")));
    }

    /// Requests for content, in order.
    List<Seen> contents() { return seen.stream().filter(request -> request.host().equals("cdn") || request.path().contains("/resolve/")).toList(); }

    static void json(HttpExchange exchange, Object value) throws IOException { text(exchange, 200, Json.write(value)); }

    static void text(HttpExchange exchange, int status, String text) throws IOException {
        bytes(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    static void bytes(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        if (code != null) exchange.getResponseHeaders().add("X-Error-Code", code);
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    static String hex(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) digest.update(part);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        cdn.stop(0);
    }
}
