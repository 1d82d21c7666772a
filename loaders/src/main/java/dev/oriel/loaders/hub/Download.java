package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Brings the content of one file into the cache: goes on where it ended, as often as something comes of it.
final class Download {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    /// Told how many bytes of the file are there.
    interface Progress {
        void at(long bytes);
    }

    private final Repository repository;
    private final String commit;
    private final HubFile file;
    private final Progress progress;
    /// What the last host calls the content, where that is not the hub: only known after a first answer.
    private URI otherHost;
    private String otherEtag;

    Download(Repository repository, String commit, HubFile file, Progress progress) {
        this.repository = repository;
        this.commit = commit;
        this.file = file;
        this.progress = progress;
    }

    /// @throws IOException where the hub failed too often
    void run(PullListener listener) throws IOException {
        CacheFolder cache = repository.cache();
        Path blob = cache.blob(file.etag());
        Runnable waiting = () -> listener.note("another process or thread is pulling " + file.path() + "; waiting for it");
        try (Exclusive lock = cache.writing(() -> Exclusive.on(cache.lock(file.etag()), waiting))) {
            // Somebody else's work, perhaps.
            if (cache.hasBlob(file)) {
                progress.at(file.size());
                return;
            }
            // Where others cannot be kept out, the file is one that they do not know.
            String unshared = lock.isReal() ? "" : "." + Long.toHexString(ThreadLocalRandom.current().nextLong());
            try (Partial partial = cache.writing(() -> new Partial(cache.partial(file.etag(), unshared), file))) {
                complete(partial);
                cache.writing(() -> partial.publish(blob));
            }
        }
    }

    private void complete(Partial partial) throws IOException {
        boolean inherited = partial.isInherited();
        fill(partial);
        if (partial.isRight()) return;
        if (inherited) {
            // The beginning may be what is wrong.
            repository.cache().writing(partial::startAgain);
            fill(partial);
            if (partial.isRight()) return;
        }
        repository.cache().writing(partial::discard);
        throw new ModelException(repository.wanted().name(), "checksum of " + file.path(), file.etag(), "another");
    }

    private void fill(Partial partial) throws IOException {
        Attempts attempts = new Attempts(repository.wire().patience());
        // Another round of attempts is worth while after so much.
        long worth = Math.clamp(file.size() / 64, 1, 1 << 20);
        long mark = partial.length();
        progress.at(partial.length());
        while (partial.missing() > 0) {
            try {
                receive(partial);
            } catch (IOException e) {
                if (partial.length() - mark >= worth) attempts.progressed();
                mark = partial.length();
                attempts.failed(e);
            }
        }
    }

    private void receive(Partial partial) throws IOException {
        long from = partial.length();
        try (Answer answer = repository.wire().get(repository.api().content(commit, file.path()), (at, hub) -> headers(from, at, hub))) {
            if (from > 0 && answer.status() == 416) {
                repository.cache().writing(partial::startAgain);
                throw new IOException(answer.address().getHost() + " has nothing after the first " + from + " bytes");
            }
            repository.refusal().require(file.path(), answer);
            repository.api().requireSame(commit, file, answer);
            remember(answer);
            if (from > 0 && !continues(answer, from)) repository.cache().writing(partial::startAgain);
            requireLength(answer, partial.missing());
            copy(answer.body(), partial);
        }
    }

    private Map<String, String> headers(long from, URI at, boolean hub) {
        Map<String, String> headers = new HashMap<>();
        if (from == 0) return headers;
        headers.put("Range", "bytes=" + from + "-");
        // If it is another file by now, the whole of it.
        if (hub) headers.put("If-Range", "\"" + file.etag() + "\"");
        else if (otherEtag != null && at.getRawAuthority().equals(otherHost.getRawAuthority())) headers.put("If-Range", otherEtag);
        return headers;
    }

    private void remember(Answer answer) {
        otherHost = answer.address();
        otherEtag = answer.last().firstValue("ETag").filter(etag -> etag.startsWith("\"")).orElse(null);
    }

    /// Whether what comes is the rest; else it is the whole.
    private boolean continues(Answer answer, long from) throws IOException {
        if (answer.status() != 206) return false;
        String text = answer.last().firstValue("Content-Range").orElse("");
        Matcher range = CONTENT_RANGE.matcher(text);
        boolean right = range.matches() && Long.parseLong(range.group(1)) == from && (range.group(2).equals("*") || Long.parseLong(range.group(2)) == file.size());
        if (right) return true;
        throw new ModelException(repository.wanted().name(), file.path() + ": range of bytes", from + "- of " + file.size(), text.isEmpty() ? "no Content-Range" : text);
    }

    private void requireLength(Answer answer, long expected) {
        String encoding = answer.last().firstValue("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) throw new ModelException(repository.wanted().name(), file.path() + ": encoding", "none, as was asked for", encoding);
        answer.length().ifPresent(length -> {
            if (length != expected) throw tooMuchOrLittle(expected, length);
        });
    }

    private void copy(InputStream body, Partial partial) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = read(body, buffer, partial); count >= 0; count = read(body, buffer, partial)) {
            if (count > partial.missing()) throw tooMuchOrLittle(file.size(), "more");
            int received = count;
            repository.cache().writing(() -> partial.append(buffer, received));
            progress.at(partial.length());
        }
        if (partial.missing() > 0) throw broken("the connection ended", partial, null);
    }

    private int read(InputStream body, byte[] buffer, Partial partial) throws IOException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw broken(e instanceof HttpTimeoutException ? e.getMessage() : "the connection broke", partial, e);
        }
    }

    private IOException broken(String how, Partial partial, IOException cause) {
        return new IOException(how + " after " + partial.length() + " of " + file.size() + " bytes of " + Reasons.line(file.path()), cause);
    }

    private ModelException tooMuchOrLittle(Object expected, Object found) {
        return new ModelException(repository.wanted().name(), "bytes of " + file.path(), expected, found);
    }
}
