package dev.oriel.runtime.text.jinja;

/// What one rendering may use. Everything whose cost a template can choose is charged here before it is done.
final class Budget {
    static final long STEPS = 2_000_000;
    /// Characters of one text, the rendered one included.
    static final int TEXT = 16 << 20;
    /// Expressions, blocks and calls inside each other.
    static final int DEPTH = 800;
    static final int CALLS = 150;
    /// As Jinja's sandbox has it.
    static final int RANGE = 100_000;
    private static final int CHARS_PER_STEP = 64;

    /// What is known of the texts that are made.
    final Provenance provenance;
    private long steps;
    private int depth;
    private int calls;
    /// Where the template is, for error messages.
    int line;

    Budget() {
        this(Provenance.NONE);
    }

    Budget(Provenance provenance) {
        this.provenance = provenance;
    }

    void step() {
        step(1);
    }

    void step(long n) {
        steps += n;
        if (steps > STEPS || steps < 0) {
            throw new Fault("the template takes more than " + STEPS + " steps");
        }
    }

    /// A text of `n` characters is about to be made.
    void text(long n) {
        cap(n);
        step(n / CHARS_PER_STEP);
    }

    /// A value is about to be walked or compared; only texts are long enough to count.
    void read(Object value) {
        if (value instanceof String s) {
            step(s.length() / CHARS_PER_STEP);
        } else if (value instanceof Markup m) {
            step(m.text().length() / CHARS_PER_STEP);
        }
    }

    /// A text has grown to `n` characters.
    void cap(long n) {
        if (n > TEXT) {
            throw new Fault("a text of more than " + TEXT + " characters");
        }
    }

    /// A list of `n` items is about to be made.
    void items(long n) {
        step(n);
    }

    /// One text is about to be looked for in another.
    void search(long text, long needle) {
        step((text >> 6) * Math.max(1, needle >> 6));
    }

    void enter() {
        step(1);
        if (++depth > DEPTH) {
            throw new Fault("nested more than " + DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    void call() {
        if (++calls > CALLS) {
            throw new Fault("macros call each other more than " + CALLS + " deep");
        }
    }

    void returned() {
        calls--;
    }
}
