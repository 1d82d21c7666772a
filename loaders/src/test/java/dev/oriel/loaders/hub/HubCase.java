package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/// What the tests of pulling share: a hub, an empty cache, and little patience.
class HubCase {
    /// Short waits between attempts; long ones for answers, for machines that are busy with other things.
    static final Patience SOME = new Patience(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofMillis(10), Duration.ofMillis(1500), 3);
    /// For hosts that will not answer.
    static final Patience LITTLE = new Patience(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofMillis(1500), 2);
    static final String TOKEN = "hf_secret";

    @TempDir Path cache;

    final HubServer server = new HubServer();
    /// What the listener was told.
    final List<String> notes = new ArrayList<>();
    final List<Long> progress = new ArrayList<>();
    long total;
    Patience patience = SOME;

    @AfterEach
    void stop() { server.close(); }

    HubSettings settings() { return HubSettings.of(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HUB_CACHE", cache.toString(), "HF_TOKEN", TOKEN), cache); }

    Path pull(String model) { return pull(settings(), model); }

    Path pull(HubSettings settings, String model) {
        return new Hub(settings, patience).pull(model, new PullListener() {
            @Override
            public void progress(long done, long all) {
                progress.add(done);
                total = all;
            }

            @Override
            public void note(String line) { notes.add(line); }
        });
    }

    /// One line that says what it is about, and nothing in the cache that could be taken for the model.
    void assertRefused(String model, String... parts) throws IOException {
        assertThatThrownBy(() -> pull(model)).isInstanceOf(ModelException.class).message().satisfies(line -> assertThat(List.of(parts)).allSatisfy(part -> assertThat(line).contains(part))).doesNotContain(TOKEN, "Exception").hasLineCount(1).hasSizeLessThan(600);
        assertThat(files("snapshots")).isEmpty();
        assertThat(files("refs")).isEmpty();
    }

    Path folder() { return cache.resolve("models--owner--repo"); }

    /// Names of what is in a folder of the repository's cache, at any depth.
    List<String> files(String name) throws IOException {
        Path root = folder().resolve(name);
        if (!Files.exists(root)) return List.of();
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !Files.isDirectory(path)).map(path -> root.relativize(path).toString().replace('\\', '/')).sorted().toList();
        }
    }

    static byte[] noise(int bytes, long seed) {
        byte[] noise = new byte[bytes];
        new Random(seed).nextBytes(noise);
        return noise;
    }
}
