package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
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
    /// @throws UnsupportedOperationException with the reason, if they ask for `vector` or `emitted` and these cannot run here
    @Override
    public Ops open(Options options) {
        boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
        String reason = "no module " + MODULE + ": start java with --add-modules " + MODULE;
        return switch (options.kernels()) {
            case "scalar" -> new ScalarOps(options);
            case "vector", "emitted" -> {
                if (!present) throw new UnsupportedOperationException(reason);
                yield options.kernels().equals("vector") ? new VectorOps(options) : new VectorOps(options, Emitted.open(), null);
            }
            case "auto" -> present ? best(options) : new ScalarOps(options, reason);
            default -> throw new IllegalArgumentException("kernels: expected auto, emitted, vector or scalar, found " + options.kernels());
        };
    }

    private static Ops best(Options options) {
        Emitted emitted;
        try {
            emitted = Emitted.open();
        } catch (UnsupportedOperationException e) {
            return new VectorOps(options, null, e.getMessage());
        }
        return new VectorOps(options, emitted, null);
    }
}
