package dev.oriel.runtime.text;

/// A text on its way to tokens and, where that is asked for, the part of the source that each of its characters comes from.
///
/// @param at     where this text starts among the characters that `origin` knows
/// @param origin null where nobody asks
record Aligned(String text, int at, Origin origin) {
    /// For each character of a rewritten text the range of the source that it stands for; null in both: its own place.
    record Origin(int[] from, int[] to) {
        static final Origin ITSELF = new Origin(null, null);
    }

    static Aligned plain(String text) { return new Aligned(text, 0, null); }

    static Aligned source(String text) { return new Aligned(text, 0, Origin.ITSELF); }

    boolean followed() { return origin != null; }

    boolean isEmpty() { return text.isEmpty(); }

    Aligned part(int from, int to) { return new Aligned(text.substring(from, to), at + from, origin); }

    /// Where the source of the characters from `i` on starts.
    int from(int i) {
        if (text.isEmpty()) return at;
        if (i >= text.length()) return to(text.length());
        return origin.from == null ? at + i : origin.from[at + i];
    }

    /// Where the source of the characters before `i` ends.
    int to(int i) {
        if (i <= 0) return from(0);
        return origin.to == null ? at + i : origin.to[at + i - 1];
    }

    /// This text rewritten to `result`, by `steps` that make up the whole of both.
    Aligned rewritten(String result, Steps steps) {
        int[] from = new int[result.length()];
        int[] to = new int[result.length()];
        int read = 0;
        int written = 0;
        for (int s = 0; s < steps.size(); s++) {
            int taken = steps.taken(s);
            int given = steps.given(s);
            for (int i = 0; i < given; i++) {
                from[written + i] = steps.kept(s) ? from(read + i) : from(read);
                to[written + i] = steps.kept(s) ? to(read + i + 1) : taken == 0 ? from(read) : to(read + taken);
            }
            read += taken;
            written += given;
        }
        return new Aligned(result, 0, new Origin(from, to));
    }
}
