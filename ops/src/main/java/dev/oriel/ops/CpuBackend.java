package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import java.util.Collection;
import java.util.Optional;

/// The built-in backend: the processor this program runs on, by vector instructions where the JDK's Vector API is at hand, and products by emitted code where that can run.
public final class CpuBackend implements Backend {
    private static final String MODULE = "jdk.incubator.vector";

    /// For `ServiceLoader`.
    public CpuBackend() {}

    @Override
    public String name() { return "cpu"; }

    @Override
    public Optional<String> unavailable() { return Optional.empty(); }

    @Override
    public void prepare(Collection<Format> formats) {
        if (ModuleLayer.boot().findModule(MODULE).isPresent()) Preparation.run(formats);
    }

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
                yield new VectorOps(options, options.kernels().equals("vector") ? EmittedChoice.none() : EmittedChoice.of(Emitted.open()));
            }
            case "auto" -> present ? new VectorOps(options, EmittedChoice.best()) : new ScalarOps(options, reason);
            default -> throw new IllegalArgumentException("kernels: expected auto, emitted, vector or scalar, found " + options.kernels());
        };
    }
}
