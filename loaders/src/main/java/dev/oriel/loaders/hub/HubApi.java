package dev.oriel.loaders.hub;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What the hub tells about a repository. Every value is checked before it is used for anything.
final class HubApi {
    private static final int MAX_JSON_BYTES = 1 << 24;
    private static final int MAX_FILES = 100_000;
    private static final int MAX_PAGES = 200;
    private static final long MAX_SECONDS = 300;
    private static final long MAX_FILE_BYTES = 1L << 48;
    private static final Pattern ETAG = Pattern.compile("[0-9A-Za-z_-]{1,128}");
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,<]*\\brel=\"?next\"?");

    private final Reference wanted;
    private final Wire wire;
    private final Refusal refusal;

    HubApi(Reference wanted, Wire wire, Refusal refusal) {
        this.wanted = wanted;
        this.wire = wire;
        this.refusal = refusal;
    }

    /// The files of the wanted revision.
    ///
    /// @throws IOException where the hub cannot be reached, or is busy for longer than anybody waits
    Listing list() throws IOException {
        URI address = wire.address("/api/models/" + wanted.repository() + "/revision/" + encoded(wanted.revision()));
        Page info = page(address).orElseThrow();
        if (!(info.value() instanceof Map<?, ?> members)) throw lie("description", "a JSON object", "another value");
        if (!(members.get("sha") instanceof String commit && Reference.isCommit(commit))) throw lie("sha", "40 hexadecimal digits", members.get("sha"));
        if (Reference.isCommit(wanted.revision()) && !commit.equals(wanted.revision())) throw lie("sha", wanted.revision(), commit);
        Map<String, HubFile> files = tree(commit).orElseGet(() -> siblings(members.get("siblings")));
        return new Listing(commit, files);
    }

    /// The pages of the tree; empty where this hub has no such thing.
    private Optional<Map<String, HubFile>> tree(String commit) throws IOException {
        URI tree = wire.address("/api/models/" + wanted.repository() + "/tree/" + commit);
        Map<String, HubFile> files = new HashMap<>();
        Set<String> queries = new HashSet<>();
        String query = "recursive=true";
        while (query != null) {
            if (!queries.add(query) || queries.size() > MAX_PAGES) throw lie("pages of files", "an end after at most " + MAX_PAGES, "more, or the same again");
            Optional<Page> page = page(URI.create(tree + "?" + query), queries.size() == 1);
            if (page.isEmpty()) return Optional.empty();
            if (!(page.get().value() instanceof List<?> entries)) throw lie("tree", "a JSON array", "another value");
            for (Object entry : entries) if (entry instanceof Map<?, ?> members && !"directory".equals(members.get("type"))) add(files, file(members));
            // Only the query: what else stands there may be another host, which has no business with the token.
            query = page.get().next();
        }
        return Optional.of(files);
    }

    private HubFile file(Map<?, ?> members) {
        if (!(members.get("path") instanceof String path)) throw lie("path of a file", "a string", members.get("path"));
        long size = size(path, members.get("size"));
        if (!(members.get("lfs") instanceof Map<?, ?> large)) return new HubFile(path, size, etag(path, members.get("oid")));
        long largeSize = size(path, large.get("size"));
        if (size >= 0 && largeSize >= 0 && size != largeSize) throw lie("size of " + path, size, largeSize);
        return new HubFile(path, Math.max(size, largeSize), etag(path, large.get("oid")));
    }

    private Map<String, HubFile> siblings(Object list) {
        if (!(list instanceof List<?> entries)) throw lie("siblings", "a JSON array", list);
        Map<String, HubFile> files = new HashMap<>();
        for (Object entry : entries) {
            if (!(entry instanceof Map<?, ?> members && members.get("rfilename") instanceof String path)) throw lie("siblings", "file names", entry);
            add(files, HubFile.named(path));
        }
        return files;
    }

    private void add(Map<String, HubFile> files, HubFile file) {
        if (files.put(file.path(), file) != null) throw lie("files", "each name once", file.path() + " twice");
        if (files.size() > MAX_FILES) throw lie("files", "at most " + MAX_FILES, "more");
    }

    /// Asks for what the listing did not tell.
    HubFile known(String commit, HubFile file) throws IOException {
        if (file.known()) return file;
        return Attempts.at(wire.patience(), () -> {
            try (Answer answer = wire.head(content(commit, file.path()))) {
                if (answer.status() / 100 != 3) refusal.require(file.path(), answer);
                requireCommit(commit, file, answer);
                String etag = answer.fromHub("X-Linked-Etag").or(() -> answer.fromHub("ETag")).map(text -> text.replaceFirst("^W/", "").replace("\"", "")).orElse(null);
                Optional<String> length = answer.fromHub("X-Linked-Size").or(() -> answer.good() ? answer.fromHub("Content-Length") : Optional.empty());
                Object size = length.filter(text -> text.matches("\\d{1,18}")).map(text -> (Object) Long.valueOf(text)).orElse(length.orElse(null));
                long bytes = file.size() >= 0 ? file.size() : size(file.path(), size);
                HubFile told = new HubFile(file.path(), bytes, file.etag() != null ? file.etag() : etag(file.path(), etag));
                if (!told.known()) throw lie(file.path(), "its ETag and its size", "none");
                return told;
            }
        });
    }

    /// What the hub says of a file as it sends it, or sends to where it is, must be what it said before.
    void requireSame(String commit, HubFile file, Answer answer) {
        requireCommit(commit, file, answer);
        answer.fromHub("X-Linked-Size").filter(size -> !size.equals(String.valueOf(file.size())))
                .ifPresent(size -> { throw lie("size of " + file.path(), file.size(), size); });
        answer.fromHub("X-Linked-Etag").map(etag -> etag.replace("\"", "")).filter(etag -> !etag.equals(file.etag()))
                .ifPresent(etag -> { throw lie("ETag of " + file.path(), file.etag(), etag); });
    }

    private void requireCommit(String commit, HubFile file, Answer answer) {
        answer.fromHub("X-Repo-Commit").filter(told -> !told.equals(commit)).ifPresent(told -> { throw lie("commit of " + file.path(), commit, told); });
    }

    /// Where a file's content is.
    URI content(String commit, String path) {
        String encoded = Arrays.stream(path.split("/")).map(HubApi::encoded).collect(Collectors.joining("/"));
        return wire.address("/" + wanted.repository() + "/resolve/" + commit + "/" + encoded);
    }

    private Optional<Page> page(URI address) throws IOException { return page(address, false); }

    /// A JSON value and the query of the next page, or null; empty where there is no such thing and that is allowed.
    private Optional<Page> page(URI address, boolean optional) throws IOException {
        return Attempts.at(wire.patience(), () -> {
            try (Answer answer = wire.get(address, (_, _) -> Map.of("Accept", "application/json"))) {
                if (optional && (answer.status() == 404 || answer.status() == 405 || answer.status() == 501)) return Optional.empty();
                refusal.require("revision '" + wanted.revision() + "'", answer);
                byte[] text = read(answer);
                Object value = Json.parse(Reasons.line(address.toString()), new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8.newDecoder()));
                return Optional.of(new Page(value, next(answer)));
            }
        });
    }

    private record Page(Object value, String next) {}

    private static String next(Answer answer) {
        for (String link : answer.last().allValues("Link")) {
            Matcher next = NEXT.matcher(link);
            if (!next.find()) continue;
            int query = next.group(1).indexOf('?');
            return query < 0 ? "" : next.group(1).substring(query + 1).replaceAll("[^!-~]|[\"<>\\\\^`{|}#]|%(?![0-9A-Fa-f]{2})", "");
        }
        return null;
    }

    private byte[] read(Answer answer) throws IOException {
        long deadline = System.nanoTime() + MAX_SECONDS * 1_000_000_000;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        InputStream body = answer.body();
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            text.write(buffer, 0, count);
            if (text.size() > MAX_JSON_BYTES) throw lie("answer", "at most " + MAX_JSON_BYTES + " bytes", "more");
            if (System.nanoTime() - deadline > 0) throw new HttpTimeoutException("no whole answer in " + MAX_SECONDS + " s");
        }
        return text.toByteArray();
    }

    private long size(String path, Object size) {
        if (size == null) return -1;
        if (size instanceof Long bytes && bytes >= 0 && bytes <= MAX_FILE_BYTES) return bytes;
        throw lie("size of " + path, "a number of bytes", size);
    }

    /// It becomes a file name.
    private String etag(String path, Object etag) {
        if (etag == null) return null;
        if (etag instanceof String text && ETAG.matcher(text).matches() && SafeName.objection(text) == null) return text;
        throw lie("ETag of " + path, "letters and digits", etag);
    }

    private ModelException lie(String what, Object expected, Object found) { return new ModelException(wanted.name(), what + ", as the hub tells it", expected, found); }

    /// As a part of a path.
    static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || "-._~".indexOf(b) >= 0;
            if (plain) out.append((char) b);
            else out.append('%').append(String.format("%02X", b));
        }
        return out.toString();
    }
}
