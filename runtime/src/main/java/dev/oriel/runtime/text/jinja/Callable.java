package dev.oriel.runtime.text.jinja;

/// What a template can call. Prints as its name.
interface Callable {
    String name();

    Object call(Interpreter run, Arguments arguments);
}
