package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// gpt-oss with experts in MXFP4, as its published files have them, against the same numbers stored plainly.
class FusedExpertsTest {
    /// What the 16 codes of a 4-bit float mean (OCP Microscaling Formats 1.0).
    private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
    private static final String SEED = "oriel.test.seed";

    @TempDir
    Path temporary;

    /// The model with random blocks for its experts, and the one with what they stand for.
    private record Pair(Map<String, Tensor> blocks, Map<String, Tensor> plain) {
        static Pair of(Map<String, Tensor> tensors, Random random) {
            Map<String, Tensor> blocks = new LinkedHashMap<>();
            Map<String, Tensor> plain = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                if (!name.endsWith("_proj") || !name.contains("experts")) {
                    blocks.put(name, tensor);
                    plain.put(name, tensor);
                } else quantise(name, tensor.shape(), random, blocks, plain);
            });
            return new Pair(blocks, plain);
        }

        /// @param shape `[expert, in, out]`
        private static void quantise(String name, long[] shape, Random random, Map<String, Tensor> blocks, Map<String, Tensor> plain) {
            int experts = (int) shape[0];
            int in = (int) shape[1];
            int out = (int) shape[2];
            byte[] codes = new byte[experts * out * in / 2];
            byte[] scales = new byte[experts * out * in / 32];
            random.nextBytes(codes);
            for (int i = 0; i < scales.length; i++) scales[i] = (byte) (127 - 6 + random.nextInt(3));
            float[] values = new float[experts * in * out];
            for (int row = 0; row < experts * out; row++)
                for (int k = 0; k < in; k++) {
                    int at = row * in + k;
                    float value = Math.scalb(E2M1[codes[at / 2] >> 4 * (k % 2) & 15], scales[at / 32] - 127);
                    values[(row / out * in + k) * out + row % out] = value;
                }
            blocks.put(name + "_blocks", new Tensor(name + "_blocks", Format.U8, new long[] {experts, out, in / 32, 16}, MemorySegment.ofArray(codes)));
            blocks.put(name + "_scales", new Tensor(name + "_scales", Format.U8, new long[] {experts, out, in / 32}, MemorySegment.ofArray(scales)));
            MemorySegment numbers = MemorySegment.ofArray(new byte[4 * values.length]);
            for (int i = 0; i < values.length; i++) numbers.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, values[i]);
            plain.put(name, new Tensor(name, Format.F32, shape, numbers));
        }
    }

    private static Checkpoint with(Checkpoint c, Map<String, Tensor> tensors) { return new Checkpoint(c.path(), c.kind(), c.metadata(), tensors, c.folder(), c.arena()); }

    private static float[] logits(Checkpoint c) {
        LoadOptions options = Goldens.exact(1);
        try (Model model = Model.of(c, options, Goldens.ops("scalar", options))) {
            return model.run(Goldens.ids("gpt-oss", "input_ids")).logits();
        }
    }

    @Test
    void blocksAreTheNumbersThatTheyStandFor() {
        long seed = Long.getLong(SEED, 71);
        try (Checkpoint c = Checkpoints.open(Goldens.folder("gpt-oss"))) {
            Pair pair = Pair.of(c.tensors(), new Random(seed));
            float[] expected = logits(with(c, pair.plain));
            assertThat(logits(with(c, pair.blocks))).as("seed " + seed).isEqualTo(expected);

            Path file = temporary.resolve("model.gguf");
            GgufForm form = GgufForm.of(with(c, pair.blocks)).orElseThrow();
            GgufWriter.write(file, form.metadata(), form.tensors());
            try (Checkpoint gguf = Checkpoints.open(file)) {
                assertThat(gguf.tensors().get("blk.0.ffn_gate_exps.weight").format()).isEqualTo(Format.MXFP4);
                assertThat(gguf.tensors().get("blk.0.post_attention_norm.weight")).isNotNull();
                assertThat(logits(gguf)).as("seed " + seed).isEqualTo(expected);
            }
        }
    }

    @Test
    void scalesThatDoNotFitAreAnError() {
        try (Checkpoint c = Checkpoints.open(Goldens.folder("gpt-oss"))) {
            Map<String, Tensor> tensors = Pair.of(c.tensors(), new Random(72)).blocks;
            String name = "model.layers.0.mlp.experts.down_proj_scales";
            Tensor scales = tensors.get(name);
            tensors.put(name, scales.reshape(scales.elements(), 1));
            assertThatThrownBy(() -> logits(with(c, tensors))).isInstanceOf(ModelException.class).hasMessageContaining(name).hasMessageContaining(Arrays.toString(new long[] {scales.elements(), 1}));
        }
    }
}
