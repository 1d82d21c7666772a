package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Backend;
import dev.oriel.ops.Format;
import dev.oriel.ops.Ops;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// Opens what computes, as [LoadOptions] asks for it.
final class Backends {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final int MAX_THREADS = 1024;
    /// The missing module is worth one line, not one per model.
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private Backends() {}

    static Ops open(LoadOptions options) {
        requireSane(options);
        List<Backend> backends = ServiceLoader.load(Backend.class).stream().map(ServiceLoader.Provider::get).toList();
        Backend backend = backends.stream().filter(b -> b.name().equals(options.backend())).findFirst()
                .orElseThrow(() -> new ModelException("backend: expected one of " + backends.stream().map(Backend::name).toList() + ", found " + options.backend()));
        backend.unavailable().ifPresent(reason -> { throw new ModelException("backend " + backend.name() + ": " + reason); });
        try {
            return backend.open(new Backend.Options(options.threads(), options.float32(), options.kernels()));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw new ModelException(e.getMessage(), e);
        }
    }

    private static void requireSane(LoadOptions options) {
        if (options.threads() < 1 || options.threads() > MAX_THREADS) throw new ModelException("threads: expected 1.." + MAX_THREADS + ", found " + options.threads());
        if (options.context() < 0) throw new ModelException("context: expected 0 or more, found " + options.context());
        if (!Set.of(Format.F32, Format.F16, Format.Q8_0).contains(options.kvFormat())) throw new ModelException("KV format: expected F32, F16 or Q8_0, found " + options.kvFormat());
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()) return;
        if (options.vectorRequired()) throw new ModelException("the vector module is missing; start java with --add-modules " + VECTOR_MODULE);
        if (options.backend().equals("cpu") && options.kernels().equals("auto") && WARNED.compareAndSet(false, true))
            System.getLogger(Model.class.getName()).log(System.Logger.Level.WARNING, "computing slowly, in plain loops: start java with --add-modules " + VECTOR_MODULE);
    }
}
