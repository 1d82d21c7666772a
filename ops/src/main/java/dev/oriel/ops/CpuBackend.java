package dev.oriel.ops;

import java.util.Optional;

/// The built-in backend: the processor this program runs on, by vector instructions where the JDK's Vector API is at hand.
public final class CpuBackend implements Backend {
    private static final String MODULE = "jdk.incubator.vector";

    /// For `ServiceLoader`.
    public CpuBackend() {}

    @Override
    public String name() { return "cpu"; }

    @Override
    public Optional<String> unavailable() { return Optional.empty(); }

    /// @throws IllegalArgumentException if the options ask for kernels that there are not
    /// @throws UnsupportedOperationException if they ask for `vector` and the JVM was started without the module
    @Override
    public Ops open(Options options) {
        boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
        return switch (options.kernels()) {
            case "scalar" -> new ScalarOps(options);
            case "vector", "auto" -> present ? new VectorOps(options) : withoutModule(options);
            default -> throw new IllegalArgumentException("kernels: expected auto, vector or scalar, found " + options.kernels());
        };
    }

    private static Ops withoutModule(Options options) {
        String reason = "no module " + MODULE + ": start java with --add-modules " + MODULE;
        if (options.kernels().equals("vector")) throw new UnsupportedOperationException(reason);
        return new ScalarOps(options, reason);
    }
}
