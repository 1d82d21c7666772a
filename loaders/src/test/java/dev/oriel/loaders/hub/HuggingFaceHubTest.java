package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.testing.Needed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cache as Python's huggingface_hub leaves and reads it.
@Tag("slow")
class HuggingFaceHubTest extends HubCase {
    private static final String FETCH = "from huggingface_hub import snapshot_download; print(snapshot_download('owner/repo', token='x'))";
    private static final String READ = """
            from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download
            print(snapshot_download('owner/repo', local_files_only=True))
            print(hf_hub_download('owner/repo', '1_Pooling/config.json', local_files_only=True))
            print(hf_hub_download('owner/repo', 'model.safetensors'))
            found = scan_cache_dir()
            assert not found.warnings, found.warnings
            print(sorted(file.file_name + ' ' + str(file.size_on_disk) for repo in found.repos for revision in repo.revisions for file in revision.files))
            """;

    @TempDir Path folder;

    @BeforeEach
    void aRepository() {
        server.small("config.json", "{}").small("1_Pooling/config.json", "{ }").small("tokenizer.json", "[1]").large("model.safetensors", noise(100_000, 1));
    }

    @Test
    void itReadsWhatWasPulledHere() throws Exception {
        String python = python();
        Path pulled = pull("owner/repo");
        server.seen.clear();
        assertThat(run(python, READ).lines()).containsExactly(pulled.toString(), pulled.resolve("1_Pooling/config.json").toString(), pulled.resolve("model.safetensors").toString(),
                "['config.json 2', 'config.json 3', 'model.safetensors 100000', 'tokenizer.json 3']");
        assertThat(server.seen).noneMatch(request -> request.host().equals("cdn"));
    }

    @Test
    void whatItFetchedIsReadHere() throws Exception {
        assertThat(run(python(), FETCH)).contains("models--owner--repo");
        List<String> blobs = files("blobs");
        List<String> snapshots = files("snapshots");
        String ref = Files.readString(folder().resolve("refs/main"));
        Path link = folder().resolve("snapshots/" + HubServer.COMMIT + "/1_Pooling/config.json");
        Path target = Files.readSymbolicLink(link);
        server.seen.clear();
        Path pulled = pull("owner/repo");
        assertThat(server.contents()).isEmpty();
        assertThat(pull(settings().withOffline(true), "owner/repo")).isEqualTo(pulled).isEqualTo(folder().resolve("snapshots/" + HubServer.COMMIT));
        // And pulled here, it looks the same.
        try (var all = Files.walk(folder())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
        pull("owner/repo");
        assertThat(files("blobs")).isEqualTo(blobs);
        assertThat(files("snapshots")).isEqualTo(snapshots);
        assertThat(folder().resolve("refs/main")).hasContent(ref);
        assertThat(Files.readSymbolicLink(link)).isEqualTo(target);
    }

    private String run(String python, String program) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(python, "-c", program);
        builder.environment().putAll(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", folder.resolve("home").toString(), "HF_HUB_CACHE", cache.toString(), "HF_HUB_DISABLE_TELEMETRY", "1",
                "HF_HUB_DISABLE_PROGRESS_BARS", "1"));
        Process process = builder.redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        return Files.readString(folder.resolve("out"));
    }

    /// A Python that has the package; else one of its own gets it, in the test's folder.
    private String python() throws IOException, InterruptedException {
        if (succeeds("python3", "-c", "import huggingface_hub")) return "python3";
        String python = folder.resolve("venv/bin/python").toString();
        if (succeeds("python3", "-m", "venv", folder.resolve("venv").toString()) && succeeds(python, "-m", "pip", "install", "-q", "huggingface_hub")) return python;
        return Needed.missing("python3 with the package huggingface_hub, or with venv and pip to get it");
    }

    private boolean succeeds(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("pip").toFile()).start();
            return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
