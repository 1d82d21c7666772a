package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.hub.HubServer.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a pull brings, and how the cache looks afterwards.
class PullTest extends HubCase {
    private static final String SNAPSHOT = "snapshots/" + HubServer.COMMIT;

    @Test
    void aFileAndTheUsualLayout() throws IOException {
        server.large("model-Q4_K_M.gguf", noise(300_000, 1)).large("model-Q8_0.gguf", noise(100, 2)).large("mmproj-Q4_K_M.gguf", noise(10, 3)).small("README.md", "# read me");
        Path path = pull("owner/repo");
        assertThat(path).isEqualTo(folder().resolve(SNAPSHOT).resolve("model-Q4_K_M.gguf")).hasBinaryContent(server.content("model-Q4_K_M.gguf"));
        String etag = server.etag("model-Q4_K_M.gguf");
        assertThat(Files.readSymbolicLink(path)).isEqualTo(Path.of("../../blobs/" + etag));
        assertThat(files("blobs")).containsExactly(etag);
        assertThat(folder().resolve("refs/main")).hasContent(HubServer.COMMIT);
        assertThat(files(SNAPSHOT)).containsExactly("model-Q4_K_M.gguf");
        assertThat(progress).isSorted().endsWith(300_000L);
        assertThat(total).isEqualTo(300_000);
        assertThat(notes).isEmpty();
    }

    @Test
    void theTokenGoesToTheHubAlone() {
        server.large("a.gguf", noise(10, 1));
        pull("hf:owner/repo");
        assertThat(server.seen).extracting(Seen::host).contains("hub", "cdn");
        assertThat(server.seen).allSatisfy(request -> assertThat(request.authorization()).isEqualTo(request.host().equals("hub") ? "Bearer " + TOKEN : null));
    }

    @Test
    void whatIsThereIsNotFetchedAgain() throws IOException {
        server.large("a.gguf", noise(1000, 1));
        Path first = pull("owner/repo");
        server.seen.clear();
        assertThat(pull("owner/repo")).isEqualTo(first);
        assertThat(server.contents()).isEmpty();
        // Another snapshot's link to the same content, which the blob serves.
        Files.delete(first);
        assertThat(pull("owner/repo:A")).isEqualTo(first).hasBinaryContent(server.content("a.gguf"));
        assertThat(server.contents()).isEmpty();
        // A blob that something has cut short is not the content.
        Files.write(first.toRealPath(), new byte[10]);
        assertThat(pull("owner/repo")).hasBinaryContent(server.content("a.gguf"));
        // A link to nothing.
        Files.delete(first.toRealPath());
        assertThat(pull("owner/repo")).hasBinaryContent(server.content("a.gguf"));
    }

    @Test
    void allPartsOfASplitModel() throws IOException {
        for (int i = 1; i <= 3; i++) server.large("Q8_0/m-Q8_0-0000" + i + "-of-00003.gguf", noise(100 * i, i));
        Path path = pull("owner/repo:q8_0");
        assertThat(path).isEqualTo(folder().resolve(SNAPSHOT + "/Q8_0/m-Q8_0-00001-of-00003.gguf"));
        assertThat(files(SNAPSHOT)).hasSize(3);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(Path.of("../../../blobs/" + server.etag("Q8_0/m-Q8_0-00001-of-00003.gguf")));
        assertThat(total).isEqualTo(600);
    }

    @Test
    void aFolderWithShards() throws IOException {
        server.small("config.json", "{}").small("tokenizer.json", "{\"a\":1}").small("tokenizer_config.json", "{\"b\":1}").small("chat_template.jinja", "{{ x }}").small("README.md", "no")
                .small("1_Pooling/config.json", "{\"c\":1}").small("modules.json", "[]").small("vocab.txt", "a").small("pytorch_model.bin", "no").small("training_args.bin", "no")
                .small("model.safetensors.index.json", "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}")
                .large("model-00001-of-00002.safetensors", noise(2000, 1)).large("model-00002-of-00002.safetensors", noise(3000, 2)).large("other.safetensors", noise(10, 3));
        assertThat(pull("owner/repo")).isEqualTo(folder().resolve(SNAPSHOT));
        assertThat(files(SNAPSHOT)).containsExactly("1_Pooling/config.json", "chat_template.jinja", "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json", "modules.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt");
        assertThat(progress).isSorted().endsWith(total);
    }

    @Test
    void manyPages() throws IOException {
        server.pageSize = 2;
        for (int i = 0; i < 7; i++) server.small("x" + i + ".txt", "x");
        server.large("y-Q4_K_M.gguf", noise(10, 1));
        assertThat(pull("owner/repo")).hasFileName("y-Q4_K_M.gguf");
        assertThat(server.seen.stream().filter(request -> request.path().contains("/tree/"))).hasSize(4);
    }

    @Test
    void aHubThatTellsOnlyNames() throws IOException {
        server.instead.put("/api/models/owner/repo/tree/", exchange -> HubServer.refuse(exchange, 404, null));
        server.small("config.json", "{}").small("tokenizer.json", "{ }").large("model.safetensors", noise(500, 1));
        assertThat(pull("owner/repo")).isEqualTo(folder().resolve(SNAPSHOT));
        assertThat(server.seen).filteredOn(request -> request.method().equals("HEAD")).hasSize(3).extracting(Seen::host).containsOnly("hub");
        assertThat(files("blobs")).containsExactlyInAnyOrder(server.etag("config.json"), server.etag("tokenizer.json"), server.etag("model.safetensors"));
    }

    @Test
    void copiesWhereThereAreNoLinks() throws IOException {
        server.large("a.gguf", noise(1000, 1));
        HubSettings settings = HubSettings.of(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HUB_CACHE", cache.toString(), "HF_HUB_DISABLE_SYMLINKS", "1"), cache);
        Path path = pull(settings, "owner/repo");
        assertThat(path).isRegularFile().hasBinaryContent(server.content("a.gguf"));
        assertThat(Files.isSymbolicLink(path)).isFalse();
        server.seen.clear();
        pull(settings, "owner/repo");
        assertThat(server.contents()).isEmpty();
    }

    @Test
    void revisions() throws IOException {
        server.large("a.gguf", noise(10, 1));
        pull("owner/repo@v1.0:a");
        assertThat(server.seen.getFirst().path()).isEqualTo("/api/models/owner/repo/revision/v1.0");
        pull("owner/repo@refs/pr/7");
        assertThat(server.seen).extracting(Seen::path).contains("/api/models/owner/repo/revision/refs%2Fpr%2F7");
        pull("owner/repo@" + HubServer.COMMIT);
        assertThat(files("refs")).containsExactly("refs/pr/7", "v1.0");
    }

    @Test
    void namesWithUnusualLetters() throws IOException {
        server.large("sub folder/modèle #1+%41 日本.gguf", noise(10, 1));
        assertThat(pull("owner/repo")).hasBinaryContent(noise(10, 1)).hasFileName("modèle #1+%41 日本.gguf");
    }

    @Test
    void withoutTheHub() throws IOException {
        server.large("m-Q8_0.gguf", noise(10, 1));
        HubSettings offline = settings().withOffline(true);
        assertThatThrownBy(() -> pull(offline, "owner/repo")).hasMessageContainingAll("hf:owner/repo", "HF_HUB_OFFLINE", cache.toString());
        Path path = pull("owner/repo");
        server.seen.clear();
        assertThat(pull(offline, "owner/repo")).isEqualTo(path);
        assertThat(pull(offline, "owner/repo@" + HubServer.COMMIT + ":Q8_0")).isEqualTo(path);
        assertThatThrownBy(() -> pull(offline, "owner/repo:Q2_K")).hasMessageContainingAll("HF_HUB_OFFLINE", "Q2_K", "m-Q8_0.gguf");
        assertThat(server.seen).isEmpty();
        // The same where it has gone, and said so.
        server.close();
        assertThat(pull("owner/repo")).isEqualTo(path);
        assertThat(notes).singleElement().asString().contains(server.endpoint(), "connection refused", "from the cache");
        assertThatThrownBy(() -> pull("owner/other")).hasMessageContainingAll("hf:owner/other", server.endpoint(), "connection refused");
    }

    @Test
    void aFolderThatIsNotWholeIsNoModelOffline() throws IOException {
        server.small("config.json", "{}").small("model.safetensors.index.json", "{\"weight_map\":{\"a\":\"x.safetensors\"}}").large("x.safetensors", noise(20, 1));
        Path path = pull("owner/repo");
        assertThat(pull(settings().withOffline(true), "owner/repo")).isEqualTo(path);
        Files.delete(path.resolve("x.safetensors"));
        assertThatThrownBy(() -> pull(settings().withOffline(true), "owner/repo")).hasMessageContainingAll("HF_HUB_OFFLINE", "x.safetensors");
    }

    @Test
    void aCacheThatCanOnlyBeReadIsEnough() throws IOException {
        server.large("a.gguf", noise(10, 1));
        Path path = pull("owner/repo");
        Files.writeString(Files.createDirectories(folder().resolve("refs2")).resolve("x"), "x");
        // What would be written cannot be: a folder is where the ref belongs.
        Files.delete(folder().resolve("refs/main"));
        Files.createDirectories(folder().resolve("refs/main/in-the-way"));
        assertThat(pull("owner/repo")).isEqualTo(path);
    }

    @Test
    void nothingToRunIsSaid() throws IOException {
        server.small("README.md", "x").small("pytorch_model.bin", "x");
        assertRefused("owner/repo", "hf:owner/repo", "expected a .gguf file, or config.json with model.safetensors", "pytorch_model.bin");
        server.large("m-Q4_0.gguf", noise(5, 1)).large("m-Q5_0.gguf", noise(5, 2));
        assertRefused("owner/repo:Q6_K", "expected Q6_K, found m-Q4_0.gguf, m-Q5_0.gguf");
        assertThat(List.of("safetensors", "Q4_1")).allSatisfy(quant -> assertRefused("owner/repo:" + quant, "found"));
    }
}
