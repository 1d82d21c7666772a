package dev.oriel.ops;

import java.util.Collection;
import java.util.Optional;

/// A way to compute, found by `ServiceLoader`: `cpu` is built in.
public interface Backend {
    /// The name people give: `cpu`, `opencl`.
    String name();

    /// Why it cannot run here, or empty where it can.
    Optional<String> unavailable();

    Ops open(Options options);

    /// Does once what the first [#open] and the first pass would have to wait for. May be called at any time, by any thread.
    ///
    /// @param formats what matrices will be stored in
    default void prepare(Collection<Format> formats) {}

    /// @param threads worker threads, the caller included
    /// @param exact   float32 activations everywhere: no quantised activations
    /// @param kernels `auto`, `emitted`, `vector` or `scalar`
    record Options(int threads, boolean exact, String kernels) {}
}
