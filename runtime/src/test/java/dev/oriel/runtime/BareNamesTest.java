package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.ops.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Checkpoints saved without the outer model's name (`h.0.ln_1.weight`, as GPT-2 was published) are the same models.
class BareNamesTest {
    @ParameterizedTest
    @CsvSource({"gpt2, transformer.", "llama, model.", "gpt-neox, gpt_neox."})
    void loads(String architecture, String prefix) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Checkpoint whole = Checkpoints.open(Goldens.model(architecture, "safetensors"))) {
            Map<String, Tensor> bare = new LinkedHashMap<>();
            whole.tensors().forEach((name, tensor) -> bare.put(name.startsWith(prefix) ? name.substring(prefix.length()) : name, tensor));
            assertThat(bare.keySet()).noneMatch(name -> name.startsWith(prefix));
            Checkpoint renamed = new Checkpoint(whole.path(), whole.kind(), whole.metadata(), bare, whole.folder(), whole.arena());
            try (Model a = Model.of(whole, Goldens.exact(1)); Model b = Model.of(renamed, Goldens.exact(1))) {
                assertThat(b.run(ids).logits()).isEqualTo(a.run(ids).logits());
            }
        }
    }
}
