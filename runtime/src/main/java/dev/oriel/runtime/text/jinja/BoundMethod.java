package dev.oriel.runtime.text.jinja;

/// `value.method`, not called yet.
record BoundMethod(Object receiver, Builtin method) implements Callable {
    @Override
    public String name() {
        return method.name();
    }

    @Override
    public Object call(Interpreter run, Arguments arguments) {
        return method.call(run, arguments.prepend(receiver));
    }
}
