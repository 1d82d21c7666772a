package dev.oriel.runtime;

import dev.oriel.ops.Ops;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/// Counts the rows of passes.
final class CountingOps {
    private final Ops inner;
    private final List<Integer> passes = new ArrayList<>();

    CountingOps(Ops inner) { this.inner = inner; }

    /// Rows of each pass since this was last asked.
    synchronized List<Integer> passes() {
        List<Integer> found = List.copyOf(passes);
        passes.clear();
        return found;
    }

    private synchronized void count(int rows) { passes.add(rows); }

    Ops ops() {
        return (Ops) Proxy.newProxyInstance(CountingOps.class.getClassLoader(), new Class<?>[] {Ops.class}, (_, method, arguments) -> {
            if (method.getName().equals("tokens")) count(((int[]) arguments[0]).length);
            try {
                return method.invoke(inner, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
