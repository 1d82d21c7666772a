package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Files as they were written before today's names and keys, made of today's.
class OldFilesTest {
    private static Checkpoint changed(Checkpoint c, Consumer<Map<String, Object>> keys, Consumer<Map<String, Tensor>> tensors) {
        Map<String, Object> values = new LinkedHashMap<>(c.metadata().values());
        Map<String, Tensor> all = new LinkedHashMap<>(c.tensors());
        keys.accept(values);
        tensors.accept(all);
        return new Checkpoint(c.path(), c.kind(), new Metadata(c.metadata().file(), values), all, c.folder(), c.arena());
    }

    private static float[] logits(Checkpoint c, String architecture) {
        LoadOptions options = Goldens.exact(1);
        try (Model model = Model.of(c, options, Goldens.ops("scalar", options))) {
            return model.run(Goldens.ids(architecture, "input_ids")).logits();
        }
    }

    /// Once GGUF had the whole matrix of keys and values, and the sizes of what it makes.
    @Test
    void latentAttentionInOneMatrix() {
        try (Checkpoint c = Checkpoints.open(Goldens.model("deepseek2", "gguf"))) {
            Checkpoint old = changed(c, keys -> {
                keys.put("deepseek2.attention.key_length", keys.remove("deepseek2.attention.key_length_mla"));
                keys.put("deepseek2.attention.value_length", keys.remove("deepseek2.attention.value_length_mla"));
                keys.put("deepseek2.attention.head_count_kv", keys.get("deepseek2.attention.head_count"));
            }, tensors -> {
                for (int layer = 0; layer < 3; layer++) {
                    String at = "blk." + layer + ".attn_";
                    TensorSource both = LatentForm.together(at + "kv_b.weight", tensors.remove(at + "k_b.weight"), tensors.remove(at + "v_b.weight"));
                    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(both.format().bytes(both.shape()[0] * both.shape()[1]))]);
                    both.rows().encode(0, both.shape()[0], bytes);
                    tensors.put(both.name(), new Tensor(both.name(), both.format(), both.shape(), bytes));
                }
            });
            assertThat(logits(old, "deepseek2")).isEqualTo(logits(c, "deepseek2"));
        }
    }

    @Test
    void expertsWhoseSizeOnlyTheirTensorsSay() {
        try (Checkpoint c = Checkpoints.open(Goldens.model("qwen2-moe", "gguf"))) {
            Checkpoint old = changed(c, keys -> {
                keys.remove("qwen2moe.expert_feed_forward_length");
                keys.remove("qwen2moe.expert_shared_feed_forward_length");
            }, tensors -> { });
            assertThat(logits(old, "qwen2-moe")).isEqualTo(logits(c, "qwen2-moe"));
        }
    }

    /// BERT's first files call the parameters of a norm gamma and beta.
    @Test
    void normsOfGammaAndBeta() {
        try (Checkpoint c = Checkpoints.open(Goldens.folder("bert"))) {
            Checkpoint old = changed(c, keys -> { }, tensors -> c.tensors().forEach((name, tensor) -> {
                tensors.remove(name);
                tensors.put(name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"), tensor);
            }));
            assertThat(logits(old, "bert")).isEqualTo(logits(c, "bert"));
        }
    }

    @Test
    void whatIsNotSupportedIsSaid() {
        try (Checkpoint c = Checkpoints.open(Goldens.model("deepseek2", "gguf"))) {
            Checkpoint third = changed(c, keys -> keys.put("deepseek2.expert_gating_func", 3L), tensors -> { });
            assertThatThrownBy(() -> logits(third, "deepseek2")).isInstanceOf(ModelException.class).hasMessageContaining("1 (softmax) or 2 (sigmoid), found 3");
        }
        try (Checkpoint c = Checkpoints.open(Goldens.folder("bloom"))) {
            Checkpoint after = changed(c, keys -> keys.put("apply_residual_connection_post_layernorm", true), tensors -> { });
            assertThatThrownBy(() -> logits(after, "bloom")).isInstanceOf(ModelException.class).hasMessageContaining("apply_residual_connection_post_layernorm");
        }
        try (Checkpoint c = Checkpoints.open(Goldens.folder("llama"))) {
            Checkpoint spiral = changed(c, keys -> keys.put("rope_parameters.rope_type", "spiral"), tensors -> { });
            assertThatThrownBy(() -> logits(spiral, "llama")).isInstanceOf(ModelException.class).hasMessageContaining("yarn or longrope, found spiral");
            Checkpoint odd = changed(c, keys -> keys.put("hidden_act", "relu6"), tensors -> { });
            assertThatThrownBy(() -> logits(odd, "llama")).isInstanceOf(ModelException.class).hasMessageContaining("relu6");
        }
    }
}
