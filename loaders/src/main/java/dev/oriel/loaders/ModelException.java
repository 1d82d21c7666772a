package dev.oriel.loaders;

/// Something is wrong with a model or with what was asked of it. The message is one line: file (if any), what, expected, found.
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_PART = 160;

    public ModelException(String message) { super(message); }

    public ModelException(String message, Throwable cause) { super(message, cause); }

    /// `model.gguf: blk.3.attn_q.weight: expected [2048,2048], found [2048,512]`
    public ModelException(Object file, String what, Object expected, Object found) {
        super(line(String.valueOf(file)) + ": " + shorten(what) + ": expected " + shorten(expected) + ", found " + shorten(found));
    }

    /// One line of it: names come from files, which may put anything into them.
    static String line(String text) { return text.replaceAll("\\p{Cntrl}|\\u2028|\\u2029", "\ufffd"); }

    /// One line of bounded length.
    static String shorten(Object part) {
        String text = String.valueOf(part);
        return line(text.length() > MAX_PART ? text.substring(0, MAX_PART) + "…" : text);
    }
}
