package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/// The matrices of a Hugging Face checkpoint whose numbers are codes of 8 bits (F8_E4M3, F8_E5M2, I8), with their scales in tensors beside them: DeepSeek's blocks
/// (`weight_scale_inv`, which multiplies nevertheless), compressed-tensors, fbgemm and ModelOpt (`weight_scale`), bitsandbytes (`SCB`). Activations are not rounded as
/// these libraries do.
final class ScaledCodes {
    private static final String CONFIG = "quantization_config.";
    private static final String METHOD = CONFIG + "quant_method";
    private static final String FORMAT = CONFIG + "format";
    private static final List<String> METHODS = List.of("fp8", "fbgemm_fp8", "modelopt", "compressed-tensors", "bitsandbytes", "mxfp4");
    /// The layouts of compressed-tensors that have a byte for each number.
    private static final List<String> FORMATS = List.of("float-quantized", "int-quantized", "naive-quantized");
    /// What may stand beside a matrix of codes.
    private static final List<String> BESIDE = List.of("weight_scale_inv", "weight_scale", "weight_zero_point", "SCB", "weight_format", "input_scale", "input_scale_ub",
            "activation_scale", "k_scale", "v_scale");
    private static final int MAX_BLOCK = 1 << 20;

    private final Checkpoint checkpoint;
    private final Metadata config;

    private ScaledCodes(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        config = checkpoint.metadata();
    }

    /// @throws ModelException if the checkpoint is quantised in a way that is not supported
    static ScaledCodes of(Checkpoint checkpoint) {
        ScaledCodes codes = new ScaledCodes(checkpoint);
        if (checkpoint.kind() == Checkpoint.Kind.HUGGING_FACE && codes.config.has(METHOD)) codes.requireBytes();
        return codes;
    }

    private void requireBytes() {
        String method = config.requireText(METHOD);
        if (!METHODS.contains(method)) throw new ModelException(config.file(), METHOD, "one of " + String.join(", ", METHODS), method);
        boolean four = config.flag(CONFIG + "load_in_4bit").orElse(false) || config.flag(CONFIG + "_load_in_4bit").orElse(false);
        if (method.equals("bitsandbytes") && four) throw new ModelException(config.file(), METHOD, "bitsandbytes with 8 bits", "bitsandbytes with 4 bits");
        String format = config.text(FORMAT).orElse(FORMATS.getFirst());
        if (method.equals("compressed-tensors") && !FORMATS.contains(format)) throw new ModelException(config.file(), FORMAT, "one of " + String.join(", ", FORMATS), format);
        String algorithm = config.text(CONFIG + "quant_algo").orElse("FP8");
        if (method.equals("modelopt") && !algorithm.equals("FP8")) throw new ModelException(config.file(), CONFIG + "quant_algo", "FP8", algorithm);
    }

    /// Whether tensor `name` belongs to a matrix of codes, and is none of the model's own.
    boolean beside(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        return checkpoint.kind() == Checkpoint.Kind.HUGGING_FACE && BESIDE.contains(last) && (config.has(METHOD) || scaled(checkpoint.tensors().get(sibling(name, "weight"))));
    }

    private boolean scaled(Tensor t) { return t != null && of(t).isPresent(); }

    /// The numbers of a stored tensor: itself where it is not made of codes, else a copy in `arena`; in Q8_0 where that has exactly these numbers, otherwise F32 if nothing
    /// is to be rounded, or F16.
    Tensor plain(Tensor t, boolean precise, Arena arena) {
        ScaledRows rows = of(t).orElse(null);
        if (rows == null) return t;
        if (rows.fitQ8()) return rows.copy(Format.Q8_0, arena);
        Tensor half = precise ? null : rows.copy(Format.F16, arena);
        return half == null ? rows.copy(Format.F32, arena) : half;
    }

    /// A matrix of codes on its way into a file, nothing lost; empty for another tensor.
    Optional<TensorSource> source(String name, Tensor t, Optional<RowOrder> order) {
        return of(t).map(rows -> rows.source(name, rows.fitQ8() ? Format.Q8_0 : Format.F32,
                order.map(o -> (LongUnaryOperator) row -> o.from()[Math.toIntExact(row)]).orElse(row -> row)));
    }

    /// The same of tensors that become one: all in one format.
    List<TensorSource> sources(List<Tensor> parts) {
        boolean fit = parts.stream().allMatch(part -> of(part).map(ScaledRows::fitQ8).orElse(false));
        Format format = fit ? Format.Q8_0 : Format.F32;
        return parts.stream().map(part -> of(part).map(rows -> rows.source(part.name(), format, row -> row)).orElse(TensorSource.of(part))).toList();
    }

    /// Empty for a tensor that is not made of codes.
    private Optional<ScaledRows> of(Tensor t) {
        boolean integers = t.format() == Format.I8;
        if (checkpoint.kind() != Checkpoint.Kind.HUGGING_FACE || !integers && t.format() != Format.F8_E4M3 && t.format() != Format.F8_E5M2) return Optional.empty();
        Tensor scales = first(t, "weight_scale_inv", "weight_scale", "SCB");
        if (scales == null && (integers || config.has(METHOD))) throw new ModelException(checkpoint.path(), t.name(), "a weight_scale beside codes in " + t.format(), "none");
        if (scales == null) return Optional.empty();
        boolean hundredths = scales.name().endsWith(".SCB");
        if (hundredths && first(t, "weight_format") instanceof Tensor layout && layout.values()[0] != 0)
            throw new ModelException(checkpoint.path(), layout.name(), "0, for rows", layout.values()[0]);
        float[] values = scales.values();
        if (hundredths) for (int i = 0; i < values.length; i++) values[i] /= 127;
        Tensor zeros = first(t, "weight_zero_point");
        if (zeros != null && zeros.elements() != values.length)
            throw new ModelException(checkpoint.path(), zeros.name(), values.length + " numbers, as there are scales", zeros.elements());
        return Optional.of(block(t, scales, values, zeros == null ? new float[values.length] : zeros.values()));
    }

    /// Scales are for all of a matrix, for each row, or for each block.
    private ScaledRows block(Tensor t, Tensor scales, float[] values, float[] zeros) {
        long rows = t.rows();
        int columns = t.columns();
        if (t.shape().length != 2) throw new ModelException(checkpoint.path(), t.name(), "a matrix", Arrays.toString(t.shape()));
        if (values.length == 1) return new ScaledRows(t, values, zeros, Math.toIntExact(rows), columns);
        long[] shape = scales.shape();
        if (shape.length == 1 && shape[0] == rows || shape.length == 2 && shape[0] == rows && shape[1] == 1) return new ScaledRows(t, values, zeros, 1, columns);
        int[] block = blockSize();
        if (shape.length != 2 || block == null || shape[0] != Math.ceilDiv(rows, block[0]) || shape[1] != Math.ceilDiv(columns, block[1]))
            throw new ModelException(checkpoint.path(), scales.name(), "scales of rows of " + Arrays.toString(t.shape()) + (block == null ? "" : ", or blocks of " + Arrays.toString(block)),
                    Arrays.toString(shape));
        return new ScaledRows(t, values, zeros, block[0], block[1]);
    }

    /// Rows and columns of a block, or null where the file does not say.
    private int[] blockSize() {
        String weights = CONFIG + "config_groups.group_0.weights.";
        for (String key : List.of(CONFIG + "weight_block_size", weights + "block_structure")) {
            if (!config.has(key)) continue;
            long[] size = config.integers(key);
            if (size.length != 2 || size[0] < 1 || size[1] < 1 || size[0] > MAX_BLOCK || size[1] > MAX_BLOCK)
                throw new ModelException(config.file(), key, "rows and columns of a block", Arrays.toString(size));
            return new int[] {(int) size[0], (int) size[1]};
        }
        return config.has(weights + "group_size") ? new int[] {1, config.require(weights + "group_size", 1, MAX_BLOCK)} : null;
    }

    /// The first of these that stands beside a matrix.
    private Tensor first(Tensor t, String... names) {
        if (!t.name().endsWith("weight")) return null;
        for (String name : names)
            if (checkpoint.tensors().get(sibling(t.name(), name)) instanceof Tensor found) return found;
        return null;
    }

    private static String sibling(String name, String other) { return name.substring(0, name.lastIndexOf('.') + 1) + other; }
}
