package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The environment, as huggingface_hub reads it.
class HubSettingsTest {
    @TempDir Path home;

    private HubSettings of(String... pairs) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) environment.put(pairs[i], pairs[i + 1]);
        return HubSettings.of(environment, home);
    }

    @Test
    void withoutAnything() {
        HubSettings settings = of();
        assertThat(settings.endpoint()).hasToString("https://huggingface.co");
        assertThat(settings.token()).isEmpty();
        assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(settings.offline()).isFalse();
        assertThat(settings.links()).isTrue();
    }

    @Test
    void folders() {
        assertThat(of("XDG_CACHE_HOME", "/xdg").cache()).isEqualTo(Path.of("/xdg/huggingface/hub"));
        assertThat(of("XDG_CACHE_HOME", "/xdg", "HF_HOME", "/hf").cache()).isEqualTo(Path.of("/hf/hub"));
        assertThat(of("HF_HOME", "~/x").cache()).isEqualTo(home.resolve("x/hub"));
        assertThat(of("HF_HOME", "$A/${B}/$C", "A", "/a", "B", "b").cache()).isEqualTo(Path.of("/a/b/$C/hub"));
        assertThat(of("HF_HOME", "/hf", "HUGGINGFACE_HUB_CACHE", "/old").cache()).isEqualTo(Path.of("/old"));
        assertThat(of("HF_HOME", "/hf", "HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/new").cache()).isEqualTo(Path.of("/new"));
    }

    @Test
    void tokens() throws IOException {
        assertThat(of("HF_TOKEN", " hf_a\n").token()).contains("hf_a");
        assertThat(of("HUGGING_FACE_HUB_TOKEN", "hf_old").token()).contains("hf_old");
        Path folder = Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(folder.resolve("token"), "hf_file\n");
        assertThat(of().token()).contains("hf_file");
        assertThat(of("HF_TOKEN", "").token()).contains("hf_file");
        assertThat(of("HF_TOKEN", "hf_a").token()).contains("hf_a");
        assertThat(of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token()).isEmpty();
        assertThat(of("HF_TOKEN_PATH", Files.writeString(home.resolve("t"), "hf_other").toString()).token()).contains("hf_other");
        Files.delete(folder.resolve("token"));
        Files.createDirectory(folder.resolve("token"));
        assertThatThrownBy(this::of).isInstanceOf(ModelException.class).hasMessageContaining("the token cannot be read");
        assertThat(of("HF_TOKEN", "hf_secret")).asString().doesNotContain("hf_secret").contains("(given)");
        assertThatThrownBy(() -> of("HF_TOKEN", "hf_ secret")).isInstanceOf(ModelException.class).message().contains("HF_TOKEN").doesNotContain("secret");
    }

    @Test
    void switches() {
        for (String yes : new String[] {"1", "true", "YES", "on"}) assertThat(of("HF_HUB_OFFLINE", yes).offline()).isTrue();
        for (String no : new String[] {"0", "", "no", "false"}) assertThat(of("HF_HUB_OFFLINE", no).offline()).isFalse();
        assertThat(of("TRANSFORMERS_OFFLINE", "1").offline()).isTrue();
        assertThat(of("HF_HUB_DISABLE_SYMLINKS", "1").links()).isFalse();
    }

    @Test
    void inAProgram() {
        HubSettings settings = of().withEndpoint("http://localhost:8080/mirror//").withToken("t").withCache(Path.of("c")).withOffline(true);
        assertThat(settings.endpoint()).hasToString("http://localhost:8080/mirror");
        assertThat(settings).extracting(s -> s.token().orElseThrow(), HubSettings::cache, HubSettings::offline).containsExactly("t", Path.of("c"), true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"huggingface.co", "ftp://a", "http://", "https://a?b=c", "https://a#b", "a b", "http://user:secret@host", "file:///x"})
    void noEndpoint(String address) {
        assertThatThrownBy(() -> of("HF_ENDPOINT", address)).isInstanceOf(ModelException.class).message().contains("HF_ENDPOINT", "such as https://huggingface.co").doesNotContain("secret");
    }
}
