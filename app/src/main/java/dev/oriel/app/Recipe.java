package dev.oriel.app;

import dev.oriel.ops.Format;
import dev.oriel.runtime.GgufForm;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What `--type` may say: one format for every matrix, or one of llama-quantize's mixtures, in which the matrices that suffer most get a finer one.
///
/// @param format of most matrices
record Recipe(String name, Format format, Grade grade) {
    /// One format, or how many matrices get a finer one.
    enum Grade { PURE, SMALL, MEDIUM }

    private static final Set<Format> MIXED = Set.of(Format.Q4_K, Format.Q5_K);
    /// What takes the place of a format whose blocks are too long for a row.
    private static final Map<Format, Format> SHORTER = Map.of(Format.Q4_K, Format.Q5_0, Format.Q5_K, Format.Q5_1, Format.Q6_K, Format.Q8_0);
    private static final int LAYERS_OF_70B = 80;
    private static final int EXPERTS_OF_MIXTRAL = 8;

    /// What mixtures look at.
    ///
    /// @param tied whether the embedding is the head too
    record Shape(String architecture, int layers, int experts, boolean tied) {
        boolean falcon() { return architecture.equals("falcon"); }

        boolean mixtral() { return experts == EXPERTS_OF_MIXTRAL; }

        /// The first and last eighth of the layers, and every third between.
        boolean sensitive(int layer) { return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2; }
    }

    static Stream<Recipe> all() {
        return Stream.concat(Arrays.stream(Format.values()).map(format -> new Recipe(format.name(), format, Grade.PURE)), Stream.of(Format.Q4_K, Format.Q5_K)
                .flatMap(format -> Stream.of(new Recipe(format + "_S", format, Grade.SMALL), new Recipe(format + "_M", format, Grade.MEDIUM))));
    }

    static Recipe of(String name) {
        return all().filter(recipe -> recipe.name.equals(name.toUpperCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("expected one of " + all().filter(recipe -> recipe.format.canEncode()).map(Recipe::name).collect(Collectors.joining(", "))
                        + " but was '" + name + "'"));
    }

    boolean mixed() { return grade != Grade.PURE; }

    /// How GGUF numbers it.
    Optional<Integer> fileType() { return GgufForm.fileType(format).map(number -> grade == Grade.MEDIUM ? number + 1 : number); }

    /// The format of a matrix, which is [#format] but in mixtures.
    Format of(String tensor, int columns, Shape shape) {
        if (!mixed() || !MIXED.contains(format)) return format;
        Format wanted = mixture(tensor, columns, shape);
        if (columns % wanted.blockLength() == 0) return wanted;
        Format shorter = SHORTER.get(wanted);
        return shorter != null && columns % shorter.blockLength() == 0 ? shorter : Format.F16;
    }

    private Format mixture(String tensor, int columns, Shape shape) {
        String[] parts = tensor.split("\\.");
        boolean head = tensor.equals("output.weight") || shape.tied && tensor.equals("token_embd.weight");
        if (head) return shape.falcon() || columns % format.blockLength() != 0 ? Format.Q8_0 : Format.Q6_K;
        if (parts.length < 4 || !parts[0].equals("blk")) return format;
        int layer = Integer.parseInt(parts[1]);
        return switch (parts[2]) {
            case "attn_v", "attn_qkv", "attn_kv_b" -> values(layer, shape);
            case "attn_k" -> shape.mixtral() ? Format.Q8_0 : format;
            case "attn_output" -> shape.mixtral() && format == Format.Q4_K && !shape.falcon() ? Format.Q5_K : format;
            case String name when name.startsWith("ffn_down") -> down(layer, shape);
            default -> format;
        };
    }

    private Format values(int layer, Shape shape) {
        if (shape.mixtral()) return Format.Q8_0;
        if (grade == Grade.MEDIUM && shape.sensitive(layer)) return Format.Q6_K;
        boolean finer = grade == Grade.SMALL && layer < 4 || shape.layers == LAYERS_OF_70B;
        return finer && format == Format.Q4_K ? Format.Q5_K : format;
    }

    private Format down(int layer, Shape shape) {
        boolean four = format == Format.Q4_K;
        if (four && grade == Grade.MEDIUM && shape.falcon()) return layer < shape.layers / 16 ? Format.Q6_K : shape.sensitive(layer) ? Format.Q5_K : format;
        if (grade == Grade.MEDIUM) return shape.sensitive(layer) ? Format.Q6_K : format;
        return four && !shape.falcon() && layer < shape.layers / 8 ? Format.Q5_K : format;
    }
}
