package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// Emitted kernels by what they are for, each made when it is first asked for. It has to pass a check before it is used; one that does not ends the use of all.
final class CheckedKernels<K> {
    /// Whether a new kernel computes what it should.
    interface Check<K> {
        boolean agrees(K kind, Emitted.Kernel kernel);
    }

    private final String name;
    private final Function<K, Emitted.Kernel> maker;
    private final Check<? super K> check;
    private final Map<K, Emitted.Kernel> kernels = new ConcurrentHashMap<>();
    private volatile String refusal;

    /// @param name for people, as in "an emitted kernel for rows"
    CheckedKernels(String name, Function<K, Emitted.Kernel> maker, Check<? super K> check) {
        this.name = name;
        this.maker = maker;
        this.check = check;
    }

    /// Why the kernels stepped aside, or null while they work.
    String refusal() { return refusal; }

    /// Null once one of them has been refused.
    Emitted.Kernel get(K kind) {
        if (refusal != null) return null;
        try {
            return kernels.computeIfAbsent(kind, this::make);
        } catch (UnsupportedOperationException e) {
            refusal = e.getMessage();
            return null;
        }
    }

    private Emitted.Kernel make(K kind) {
        Emitted.Kernel kernel = maker.apply(kind);
        if (!check.agrees(kind, kernel)) throw new UnsupportedOperationException("an emitted kernel " + name + " computes something else than it should: " + kind);
        return kernel;
    }
}
