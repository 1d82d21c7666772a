package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.ops.Tensor;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    @TempDir
    Path folder;

    private static void assertRefused(Path path, String... inMessage) {
        assertThatThrownBy(() -> Checkpoints.open(path).close()).isInstanceOf(ModelException.class).hasMessageContainingAll(inMessage)
                .extracting(e -> e.getMessage().lines().count()).isEqualTo(1L);
    }

    private static byte[] bytes(Checkpoint checkpoint, String name) { return checkpoint.tensors().get(name).data().toArray(ValueLayout.JAVA_BYTE); }

    private void shard(String name, String tensor, float value) {
        SafetensorsWriter.write(folder.resolve(name), Map.of(), List.of(TensorSource.of(tensor, new float[] {value}, 1)));
    }

    @Test
    void storiesModel() {
        Path path = Resources.path("models/stories260K-f32.gguf");
        try (Checkpoint read = Checkpoints.open(path)) {
            assertThat(read.path()).isEqualTo(path);
            assertThat(read.folder()).isEqualTo(path.getParent());
            assertThat(read.metadata().requireText("general.architecture")).isEqualTo("llama");
            assertThat(read.metadata().require("llama.block_count", 1, 1024)).isEqualTo(5);
            assertThat(read.metadata().list("tokenizer.ggml.tokens")).hasSize(512).element(1).isEqualTo("<s>");
            assertThat(read.tensors()).hasSize(47);
            assertThat(read.tensors().get("token_embd.weight").shape()).containsExactly(512, 64);
            assertThat(read.tensors().get("token_embd.weight").data().isReadOnly()).isTrue();
        }
    }

    /// The same small Llama, by its makers' library and through llama.cpp's converter, which permutes the rows of q and k within each head.
    @Test
    void ggufAndSafetensorsHoldTheSameNumbers() {
        Path llama = Resources.path("goldens/llama");
        try (Checkpoint gguf = Checkpoints.open(llama.resolve("model-bf16.gguf")); Checkpoint hugging = Checkpoints.open(llama)) {
            assertThat(hugging.kind()).isEqualTo(Checkpoint.Kind.HUGGING_FACE);
            assertThat(gguf.tensors()).hasSameSizeAs(hugging.tensors());
            assertThat(bytes(gguf, "token_embd.weight")).isEqualTo(bytes(hugging, "model.embed_tokens.weight"));
            assertThat(bytes(gguf, "output.weight")).isEqualTo(bytes(hugging, "lm_head.weight"));
            int layers = hugging.metadata().require("num_hidden_layers", 1, 100);
            int heads = hugging.metadata().require("num_attention_heads", 1, 100);
            int kvHeads = hugging.metadata().require("num_key_value_heads", 1, 100);
            Map<String, String> names = Map.of("attn_v", "self_attn.v_proj", "attn_output", "self_attn.o_proj", "ffn_gate", "mlp.gate_proj",
                    "ffn_up", "mlp.up_proj", "ffn_down", "mlp.down_proj");
            for (int layer = 0; layer < layers; layer++) {
                String ours = "blk." + layer + ".";
                String theirs = "model.layers." + layer + ".";
                names.forEach((g, h) -> assertThat(bytes(gguf, ours + g + ".weight")).as(ours + g).isEqualTo(bytes(hugging, theirs + h + ".weight")));
                assertPermuted(gguf.tensors().get(ours + "attn_q.weight"), hugging.tensors().get(theirs + "self_attn.q_proj.weight"), heads);
                assertPermuted(gguf.tensors().get(ours + "attn_k.weight"), hugging.tensors().get(theirs + "self_attn.k_proj.weight"), kvHeads);
            }
        }
    }

    /// Within a head, rows 2i and 2i+1 of GGUF are rows i and i + half of Hugging Face.
    private static void assertPermuted(Tensor gguf, Tensor hugging, int heads) {
        assertThat(gguf.shape()).isEqualTo(hugging.shape());
        long headDim = gguf.rows() / heads;
        for (long row = 0; row < gguf.rows(); row++) {
            long within = row % headDim;
            long other = row - within + within / 2 + (within % 2) * (headDim / 2);
            assertThat(gguf.rows(row, 1).data().mismatch(hugging.rows(other, 1).data())).as("%s row %d", gguf.name(), row).isEqualTo(-1);
        }
    }

    @Test
    void configIsFlattened() throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"model_type":"x","rope_parameters":{"rope_theta":1e4,"deep":{"er":[1,{"a":{"b":2}}]}},"layers":["full","sliding"],"none":null,"eps":1e-6}""");
        shard("model.safetensors", "w", 1);
        for (Path path : List.of(folder, folder.resolve("model.safetensors"))) {
            try (Checkpoint read = Checkpoints.open(path)) {
                assertThat(read.metadata().file()).endsWith("config.json");
                assertThat(read.metadata().number("rope_parameters.rope_theta")).contains(1e4);
                assertThat(read.metadata().list("rope_parameters.deep.er")).isEqualTo(List.of(1L, Map.of("a", Map.of("b", 2L))));
                assertThat(read.metadata().list("layers")).isEqualTo(List.of("full", "sliding"));
                assertThat(read.metadata().has("none")).isFalse();
                assertThat(read.folder()).isEqualTo(folder);
            }
        }
    }

    @Test
    void configsThatMeanTwoThingsAreRefused() throws IOException {
        shard("model.safetensors", "w", 1);
        Path config = folder.resolve("config.json");
        Files.writeString(config, "{\"a.b\":1,\"a\":{\"b\":2}}");
        assertRefused(folder, "config.json", "a.b", "second time");
        Files.writeString(config, "[]");
        assertRefused(folder, "config.json", "a JSON object");
        Files.writeString(config, "{\"" + "k".repeat(600) + "\":{\"" + "l".repeat(600) + "\":1}}");
        assertRefused(folder, "config.json", "1024");
        Files.writeString(config, "{\"a\":1");
        assertRefused(folder.resolve("model.safetensors"), "config.json", "line 1");
    }

    @Test
    void shardsByTheirIndex() throws IOException {
        Path sharded = Files.createDirectory(folder.resolve("a model"));
        folder = sharded;
        shard("model-00001-of-00002.safetensors", "a", 1);
        SafetensorsWriter.write(folder.resolve("model-00002-of-00002.safetensors"), Map.of(),
                List.of(TensorSource.of("b", new float[] {2}, 1), TensorSource.of("a", new float[] {9}, 1)));
        Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), """
                {"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");
        try (Checkpoint read = Checkpoints.open(index)) {
            assertThat(read.metadata().values()).isEmpty();
            assertThat(read.tensors().keySet()).containsExactly("a", "b");
            assertThat(read.tensors().get("a").values()).containsExactly(1);
        }
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"x\"}");
        try (Checkpoint read = Checkpoints.open(folder)) {
            assertThat(read.metadata().requireText("model_type")).isEqualTo("x");
            assertThat(read.tensors().get("b").values()).containsExactly(2);
        }
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        assertRefused(folder, "index.json", "model-00002-of-00002.safetensors", "nothing");
    }

    @Test
    void indexesThatLieOrReachOutsideAreRefused() throws IOException {
        shard("m.safetensors", "a", 1);
        Path index = folder.resolve("model.safetensors.index.json");
        for (String name : List.of("../m.safetensors", "/m.safetensors", "x/m.safetensors", "..\\\\m.safetensors", "c:m.safetensors", "m.gguf", "")) {
            Files.writeString(index, "{\"weight_map\":{\"a\":\"" + name + "\"}}");
            assertRefused(index, "index.json", "weight_map.a");
        }
        Files.writeString(index, "{\"weight_map\":{\"a\":7}}");
        assertRefused(index, "weight_map.a", "found 7");
        Files.writeString(index, "{\"weight_map\":{\"b\":\"m.safetensors\"}}");
        assertRefused(index, "m.safetensors", "b: expected this tensor");
        Files.writeString(index, "{\"a\":1}");
        assertRefused(index, "weight_map", "an object");
    }

    @Test
    void whatIsNoModelIsRefusedByName() throws IOException {
        assertRefused(folder.resolve("none.gguf"), "none.gguf", "nothing");
        assertRefused(folder, "config.json", "an empty folder");
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused(folder, "model.safetensors", "pytorch_model.bin");
        assertRefused(folder.resolve("pytorch_model.bin"), "pytorch_model.bin", "GGUF, safetensors");
        Files.createDirectory(folder.resolve("model.safetensors"));
        assertRefused(folder, "model.safetensors", "a folder");
    }

    @Test
    void namesDoNotMatterWhereContentsTell() throws IOException {
        Path gguf = Files.copy(Resources.path("models/stories260K-f32.gguf"), folder.resolve("sha256 blob"));
        Path safe = Files.copy(Resources.path("goldens/llama/model.safetensors"), folder.resolve("weights"));
        try (Checkpoint a = Checkpoints.open(gguf); Checkpoint b = Checkpoints.open(safe)) {
            assertThat(a.kind()).isEqualTo(Checkpoint.Kind.GGUF);
            assertThat(b.kind()).isEqualTo(Checkpoint.Kind.HUGGING_FACE);
        }
    }

    @Test
    void closedTensorsAreUnusable() {
        Checkpoint read = Checkpoints.open(Resources.path("models/stories260K-f32.gguf"));
        Tensor tensor = read.tensors().get("token_embd.weight");
        read.close();
        assertThatThrownBy(tensor::values).isInstanceOf(IllegalStateException.class);
        assertThat(read.metadata().list("tokenizer.ggml.scores")).hasSize(512).element(511).isInstanceOf(Double.class);
    }

    @Test
    void everyPublishedGoldenAndVocabularyOpens() throws IOException {
        int opened = 0;
        for (Path root : List.of(Needed.shared("goldens/arch"), Needed.shared("vocabs"))) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path path : files.filter(f -> f.toString().endsWith(".gguf") || f.toString().endsWith(".safetensors")).toList()) {
                    try (Checkpoint read = Checkpoints.open(path)) {
                        assertThat(read.tensors().size() + read.metadata().values().size()).as(path.toString()).isPositive();
                        opened++;
                    }
                }
            }
        }
        assertThat(opened).isGreaterThan(50);
    }
}
