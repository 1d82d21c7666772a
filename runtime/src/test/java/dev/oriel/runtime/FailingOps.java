package dev.oriel.runtime;

import dev.oriel.ops.Ops;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;

/// An [Ops] that fails, after the first layer has stored its keys, in every pass that holds a certain token.
final class FailingOps {
    private FailingOps() {}

    static Ops with(Ops inner, int token) {
        boolean[] poisoned = new boolean[1];
        return (Ops) Proxy.newProxyInstance(FailingOps.class.getClassLoader(), new Class<?>[] {Ops.class}, (_, method, arguments) -> {
            if (method.getName().equals("tokens")) poisoned[0] = Arrays.stream((int[]) arguments[0]).anyMatch(id -> id == token);
            if (method.getName().equals("attend") && poisoned[0]) throw new IllegalStateException("token " + token + " is poison");
            try {
                return method.invoke(inner, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
