package dev.oriel.runtime.text.jinja;

/// What stops a template, before it is known at which line. Never leaves the package.
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    final transient boolean raised;
    final int line;

    private Fault(String message, int line, boolean raised) {
        super(message, null, false, false);
        this.line = line;
        this.raised = raised;
    }

    Fault(String message) {
        this(message, 0, false);
    }

    /// A syntax error.
    static Fault at(int line, String message) {
        return new Fault(message, line, false);
    }

    /// The template's own `raise_exception`.
    static Fault raised(String message) {
        return new Fault(message, 0, true);
    }
}
