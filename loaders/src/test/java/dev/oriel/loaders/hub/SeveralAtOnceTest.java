package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Threads and processes that pull the same model, and one that is killed.
@Timeout(180)
class SeveralAtOnceTest extends HubCase {
    private static final int SIZE = 2_000_000;

    private final byte[] content = noise(SIZE, 1);

    @BeforeEach
    void aSlowModel() {
        server.large("m.gguf", content);
        server.instead.put("cdn", exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
            if (from > 0) exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (SIZE - 1) + "/" + SIZE);
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, SIZE - from);
            for (int at = from; at < SIZE; at += 20_000) {
                exchange.getResponseBody().write(content, at, Math.min(20_000, SIZE - at));
                exchange.getResponseBody().flush();
                sleep(20);
            }
        });
    }

    @Test
    void threads() throws Exception {
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<Path>> paths = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                paths.add(executor.submit(() -> new Hub(settings(), patience).pull("owner/repo", new PullListener() {
                    @Override
                    public void progress(long done, long total) { assertThat(total).isEqualTo(SIZE); }

                    @Override
                    public void note(String line) { said.add(line); }
                })));
            }
            for (Future<Path> path : paths) assertThat(path.get()).hasBinaryContent(content);
        }
        assertThat(server.seen.stream().filter(request -> request.host().equals("cdn"))).hasSize(1);
        assertThat(said).allMatch(line -> line.contains("is pulling m.gguf")).hasSizeBetween(1, 3);
    }

    @Test
    void processes() throws Exception {
        Process one = start();
        Process other = start();
        assertThat(output(one)).isEqualTo(output(other)).isEqualTo(folder().resolve("snapshots/" + HubServer.COMMIT + "/m.gguf").toString());
        assertThat(server.seen.stream().filter(request -> request.host().equals("cdn"))).hasSize(1);
        assertThat(files("blobs")).containsExactly(server.etag("m.gguf"));
    }

    @Test
    void aProcessThatIsKilled() throws Exception {
        Process process = start();
        Path partial = folder().resolve("blobs").resolve(server.etag("m.gguf") + ".oriel.incomplete");
        while (!Files.exists(partial) || Files.size(partial) < 100_000) sleep(10);
        process.destroyForcibly().waitFor();
        assertThat(files("blobs")).containsExactly(partial.getFileName().toString());
        assertThat(files("snapshots")).isEmpty();
        server.seen.clear();
        // Its lock is gone with it.
        assertThat(output(start())).endsWith("m.gguf");
        assertThat(server.seen.getLast().range()).matches("bytes=\\d{6,7}-");
        assertThat(folder().resolve("snapshots/" + HubServer.COMMIT + "/m.gguf")).hasBinaryContent(content);
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Program.class.getName(), "owner/repo");
        builder.environment().putAll(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HUB_CACHE", cache.toString()));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String output(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return out.strip();
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What the processes run.
    static final class Program {
        private Program() {}

        public static void main(String[] args) { System.out.println(Hub.pull(args[0])); }
    }
}
