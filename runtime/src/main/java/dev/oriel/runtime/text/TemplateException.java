package dev.oriel.runtime.text;

/// A chat template could not be read or rendered: one line that says what and where (`line 3: 'tools' is undefined`).
/// What the template raised itself with `raise_exception` is given in the template's own words.
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int line;

    public TemplateException(String message, int line) {
        super(message);
        this.line = line;
    }

    /// The line of the template, counted from 1; 0 where no single line is to blame.
    public int line() {
        return line;
    }
}
