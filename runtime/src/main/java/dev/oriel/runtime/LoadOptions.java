package dev.oriel.runtime;

import dev.oriel.ops.Format;

/// How a model is loaded. Start from [#defaults] and change what matters.
///
/// @param threads        worker threads, the calling one included
/// @param backend        `cpu`, or another that is on the path
/// @param kernels        `auto`, `emitted`, `vector` or `scalar`
/// @param context        positions a session may hold; 0 for what the model was made for
/// @param kvFormat       how keys and values are kept: F32, F16, or Q8_0 for half the memory of F16
/// @param float32        float32 activations everywhere, none rounded to 8 bits
/// @param vectorRequired whether to fail, instead of computing slowly, where the vector module is missing
public record LoadOptions(int threads, String backend, String kernels, int context, Format kvFormat, boolean float32, boolean vectorRequired) {

    public static LoadOptions defaults() {
        return new LoadOptions(Math.max(1, Runtime.getRuntime().availableProcessors()), "cpu", "auto", 0, Format.F16, false, false);
    }

    public LoadOptions withThreads(int threads) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired); }

    public LoadOptions withBackend(String backend) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired); }

    public LoadOptions withKernels(String kernels) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired); }

    public LoadOptions withContext(int context) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired); }

    public LoadOptions withKvFormat(Format kvFormat) { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, vectorRequired); }

    /// Float32 activations and caches everywhere: nothing is rounded but by float32 arithmetic.
    public LoadOptions exact() { return new LoadOptions(threads, backend, kernels, context, Format.F32, true, vectorRequired); }

    /// Fails to load, instead of computing slowly, where the vector module is missing.
    public LoadOptions requireVector() { return new LoadOptions(threads, backend, kernels, context, kvFormat, float32, true); }
}
