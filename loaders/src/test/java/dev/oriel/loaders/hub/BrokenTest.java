package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.hub.HubServer.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Connections that break, hosts that are slow or busy: what has come is kept, and nothing that is not whole gets a name.
@Timeout(60)
class BrokenTest extends HubCase {
    private static final int SIZE = 400_000;

    private final byte[] content = noise(SIZE, 1);

    @BeforeEach
    void aModel() { server.large("m.gguf", content); }

    @Test
    void aBrokenConnectionGoesOnWhereItEnded() throws IOException {
        server.cuts.addAll(List.of(100_000, 0, 100_000, 0, 100_000));
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        List<Seen> asked = server.contents().stream().filter(request -> request.host().equals("cdn")).toList();
        assertThat(asked).hasSize(6).extracting(Seen::range).startsWith((String) null).last().asString().matches("bytes=[23]\\d{5}-");
        // The other host's own name for the content, once it is known.
        assertThat(asked.getFirst().ifRange()).isNull();
        assertThat(asked.getLast().ifRange()).startsWith("\"cdn-");
        assertThat(files("blobs")).containsExactly(server.etag("m.gguf"));
        assertThat(progress).isSorted().endsWith((long) SIZE);
    }

    @Test
    void aSmallFileGoesOnToo() throws IOException {
        server.small("config.json", "{\"x\":\"" + "y".repeat(200_000) + "\"}").large("model.safetensors", noise(10, 2));
        server.cuts.add(150_000);
        Path folder = pull("owner/repo:safetensors");
        assertThat(folder.resolve("config.json")).hasBinaryContent(server.content("config.json"));
        assertThat(server.contents()).anySatisfy(request -> assertThat(request.ifRange()).isEqualTo("\"" + server.etag("config.json") + "\""));
    }

    @Test
    void theNextPullGoesOn() throws IOException {
        server.cuts.addAll(List.of(200_000, 0, 0, 0, 0, 0));
        assertRefused("owner/repo", "hf:owner/repo", "of 400000 bytes of m.gguf", "the next pull goes on");
        assertThat(files("blobs")).containsExactly(server.etag("m.gguf") + ".oriel.incomplete");
        server.cuts.clear();
        server.seen.clear();
        progress.clear();
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        assertThat(server.contents()).last().satisfies(request -> assertThat(request.range()).matches("bytes=(1\\d{5}|200000)-"));
        assertThat(progress.getFirst()).isGreaterThan(100_000);
        assertThat(files("blobs")).containsExactly(server.etag("m.gguf"));
    }

    @Test
    void aHostThatDoesNotKnowRangesBeginsAgain() {
        server.ranges = false;
        server.cuts.add(100_000);
        assertThat(pull("owner/repo")).hasBinaryContent(content);
    }

    @Test
    void aWrongBeginningIsThrownAway() throws IOException {
        Path partial = Files.createDirectories(folder().resolve("blobs")).resolve(server.etag("m.gguf") + ".oriel.incomplete");
        Files.write(partial, noise(5000, 99));
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        assertThat(server.contents().stream().filter(request -> request.host().equals("cdn")).map(Seen::range)).containsExactly("bytes=5000-", null);
        assertThat(partial).doesNotExist();
    }

    @Test
    void aBeginningThatIsLongerThanTheWhole() throws IOException {
        Files.write(Files.createDirectories(folder().resolve("blobs")).resolve(server.etag("m.gguf") + ".oriel.incomplete"), noise(SIZE + 1, 99));
        assertThat(pull("owner/repo")).hasBinaryContent(content);
    }

    @Test
    void aWholeThatNobodyHasCheckedYet() throws IOException {
        Path partial = Files.createDirectories(folder().resolve("blobs")).resolve(server.etag("m.gguf") + ".oriel.incomplete");
        Files.write(partial, content);
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        assertThat(server.contents()).isEmpty();
        Files.delete(folder().resolve("blobs").resolve(server.etag("m.gguf")));
        content[SIZE - 1]++;
        Files.write(partial, content);
        content[SIZE - 1]--;
        assertThat(pull("owner/repo")).hasBinaryContent(content);
    }

    @Test
    void otherBytesThanTheNameSays() throws IOException {
        server.instead.put("cdn", exchange -> {
            byte[] other = content.clone();
            other[1000]++;
            exchange.sendResponseHeaders(200, SIZE);
            exchange.getResponseBody().write(other);
        });
        assertRefused("owner/repo", "checksum of m.gguf", "expected " + server.etag("m.gguf"));
        assertThat(files("blobs")).isEmpty();
    }

    @Test
    void otherBytesOfASmallFile() throws IOException {
        server.small("config.json", "{}").large("model.safetensors", noise(10, 2));
        server.instead.put("/owner/repo/resolve/" + HubServer.COMMIT + "/config.json", exchange -> HubServer.text(exchange, 200, "[]"));
        assertRefused("owner/repo:safetensors", "checksum of config.json");
    }

    @Test
    void nothingComes() throws IOException {
        patience = LITTLE;
        server.instead.put("/api/", exchange -> sleep(5000));
        Instant start = Instant.now();
        assertRefused("owner/repo", server.endpoint() + " cannot be reached", "no answer in 2 s");
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void theBodyStalls() throws IOException {
        patience = LITTLE;
        AtomicInteger times = new AtomicInteger();
        server.instead.put("cdn", exchange -> {
            exchange.sendResponseHeaders(200, SIZE);
            exchange.getResponseBody().write(content, 0, 1000);
            exchange.getResponseBody().flush();
            times.incrementAndGet();
            // A byte now and then does not count.
            for (int i = 0; i < 50; i++) {
                sleep(100);
                exchange.getResponseBody().write(content, 1000 + i, 1);
                exchange.getResponseBody().flush();
            }
        });
        Instant start = Instant.now();
        assertRefused("owner/repo", "hf:owner/repo", "nothing came for");
        assertThat(times).hasValueBetween(2, 4);
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void theListStalls() throws IOException {
        patience = LITTLE;
        server.instead.put("/api/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            sleep(5000);
        });
        assertRefused("owner/repo", "cannot be reached", "nothing came for");
    }

    @Test
    void busyAndThenNot() {
        AtomicInteger times = new AtomicInteger();
        server.instead.put("/api/models/owner/repo/revision/", exchange -> {
            int time = times.incrementAndGet();
            if (time == 1) exchange.getResponseHeaders().add("Retry-After", "1");
            if (time < 3) HubServer.refuse(exchange, time == 1 ? 429 : 503, null);
            else HubServer.json(exchange, Map.of("sha", HubServer.COMMIT));
        });
        Instant start = Instant.now();
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        assertThat(Duration.between(start, Instant.now())).isGreaterThan(Duration.ofMillis(900));
        assertThat(times).hasValue(3);
    }

    @Test
    void busyForTooLong() throws IOException {
        AtomicInteger times = new AtomicInteger();
        server.instead.put("/api/", exchange -> {
            times.incrementAndGet();
            exchange.getResponseHeaders().add("Retry-After", "3600");
            HubServer.refuse(exchange, 429, null);
        });
        assertRefused("owner/repo", "429", "too many requests", "3600 s");
        assertThat(times).hasValue(1);
        server.instead.put("/api/", exchange -> HubServer.refuse(exchange, 502, null));
        assertRefused("owner/repo", "502");
    }

    @Test
    void anAddressThatHasExpiredIsAskedForAgain() {
        AtomicInteger times = new AtomicInteger();
        server.instead.put("cdn", exchange -> {
            if (times.incrementAndGet() == 1) HubServer.refuse(exchange, 403, null);
            exchange.sendResponseHeaders(200, SIZE);
            exchange.getResponseBody().write(content);
        });
        assertThat(pull("owner/repo")).hasBinaryContent(content);
        assertThat(server.contents()).extracting(Seen::host).containsExactly("hub", "cdn", "hub", "cdn");
    }

    @Test
    void nothingAfterTheBeginning() throws IOException {
        Files.write(Files.createDirectories(folder().resolve("blobs")).resolve(server.etag("m.gguf") + ".oriel.incomplete"), noise(5000, 99));
        AtomicInteger times = new AtomicInteger();
        server.instead.put("cdn", exchange -> {
            if (times.incrementAndGet() == 1) HubServer.refuse(exchange, 416, null);
            exchange.sendResponseHeaders(200, SIZE);
            exchange.getResponseBody().write(content);
        });
        assertThat(pull("owner/repo")).hasBinaryContent(content);
    }

    @Test
    void anInterruptedPullEnds() throws Exception {
        server.instead.put("cdn", exchange -> {
            exchange.sendResponseHeaders(200, SIZE);
            for (int i = 0; i < 200; i++) {
                exchange.getResponseBody().write(content, i * 1000, 1000);
                exchange.getResponseBody().flush();
                sleep(20);
            }
        });
        Thread pulling = Thread.ofPlatform().unstarted(() -> assertThatThrownBy(() -> pull("owner/repo")).isInstanceOf(ModelException.class));
        pulling.start();
        while (progress.size() < 5) sleep(10);
        pulling.interrupt();
        assertThat(pulling.join(Duration.ofSeconds(10))).isTrue();
        assertThat(files("blobs")).containsExactly(server.etag("m.gguf") + ".oriel.incomplete");
        server.instead.clear();
        assertThat(pull("owner/repo")).hasBinaryContent(content);
    }

    @Test
    void aCacheThatCannotBeWritten() throws IOException {
        Files.writeString(folder(), "a file where a folder belongs", StandardOpenOption.CREATE_NEW);
        assertThatThrownBy(() -> pull("owner/repo")).isInstanceOf(ModelException.class).message().contains(cache.toString(), "the cache cannot be written", "HF_HOME").hasLineCount(1);
    }

    @Test
    void retryAfter() {
        Instant now = Instant.parse("2026-01-15T12:00:00Z");
        assertThat(Busy.parse("7", now)).hasSeconds(7);
        assertThat(Busy.parse("Thu, 15 Jan 2026 12:01:00 GMT", now)).hasSeconds(60);
        assertThat(Busy.parse("Thu, 15 Jan 2026 11:01:00 GMT", now)).isZero();
        for (String other : new String[] {null, "", "soon", "-1", "99999999999999999999"}) assertThat(Busy.parse(other, now)).isZero();
        Patience usual = Patience.USUAL;
        assertThat(List.of(usual.before(1), usual.before(2), usual.before(40))).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofMinutes(1));
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
