package dev.oriel.runtime;

import dev.oriel.ops.Format;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How a model is loaded. Start from [#defaults] and change what matters.
///
/// @param threads        worker threads, the calling one included
/// @param backend        `cpu`, or another that is on the path
/// @param kernels        `auto`, `emitted`, `vector` or `scalar`
/// @param context        positions a session may hold; 0 for what the model was made for
/// @param kvFormat       how keys and values are kept: F32, F16, or Q8_0 for half the memory of F16
/// @param float32        float32 activations everywhere, none rounded to 8 bits
/// @param vectorRequired whether to fail, instead of computing slowly, where the vector module is missing
/// @param loras          adapters to add to the weights, in this order
public record LoadOptions(int threads, String backend, String kernels, int context, Format kvFormat, boolean float32, boolean vectorRequired, List<Lora> loras) {
    public LoadOptions {
        loras = List.copyOf(loras);
    }

    public static LoadOptions defaults() {
        return new LoadOptions(Math.max(1, Runtime.getRuntime().availableProcessors()), "cpu", "auto", 0, Format.F16, false, false, List.of());
    }

    public LoadOptions withThreads(int threads) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, loras); }

    public LoadOptions withBackend(String backend) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, loras); }

    public LoadOptions withKernels(String kernels) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, loras); }

    public LoadOptions withContext(int context) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, loras); }

    public LoadOptions withKvFormat(Format kvFormat) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, loras); }

    /// Float32 activations and caches everywhere: nothing is rounded but by float32 arithmetic.
    public LoadOptions exact() { return new LoadOptions(threads, backend, kernels, context, Format.F32, true, vectorRequired, loras); }

    /// Fails to load, instead of computing slowly, where the vector module is missing.
    public LoadOptions requireVector() { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, true, loras); }

    /// Adds an adapter: a GGUF file or a PEFT folder, its effect multiplied by `scale`. Matrices that it changes are kept as F16 (as F32 where the file has F32, and with
    /// [#exact]), others as they are; so a model in a block format takes more memory with it, and hardly anything of the adapter is lost to rounding.
    public LoadOptions withLora(Path path, float scale) {
        List<Lora> all = new ArrayList<>(loras);
        all.add(new Lora(path, scale));
        return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, all);
    }

    /// The same without adapters, as for another model.
    public LoadOptions withoutLora() { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired, List.of()); }
}
