package dev.oriel.runtime;

import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Utf8Stream;
import java.util.List;

/// Turns generated tokens into text: whole characters only, and nothing that may still become a stop string.
final class TextStream {
    private final Tokenizer tokenizer;
    private final List<String> stops;
    private final Utf8Stream characters = new Utf8Stream();
    private final StringBuilder all = new StringBuilder();
    private int given;
    private boolean stopped;
    /// The first token of an empty prompt starts the text: its leading space is the vocabulary's, not the text's.
    private boolean start;

    TextStream(Tokenizer tokenizer, int[] prompt, List<String> stops) {
        this.tokenizer = tokenizer;
        this.stops = stops;
        start = tokenizer.decode(prompt, false).isEmpty();
    }

    /// The text that token `id` makes certain; may be empty.
    String add(int id) {
        String more = start ? tokenizer.decode(new int[] {id}, false) : null;
        // A partial character at the very start still goes through the byte stream.
        all.append(more != null && more.indexOf('\uFFFD') < 0 && !more.isEmpty() ? more : characters.feed(tokenizer.bytes(id, false)));
        start = false;
        return release(false);
    }

    boolean stopped() { return stopped; }

    /// What was held back and now comes out.
    String finish() {
        if (!stopped) all.append(characters.flush());
        return release(true);
    }

    /// Everything so far, a stop string excluded.
    String all() { return all.substring(0, given); }

    private String release(boolean end) {
        if (stopped) return "";
        int certain = all.length();
        for (String stop : stops) {
            int at = all.indexOf(stop, Math.max(0, given - stop.length()));
            if (at >= 0) {
                stopped = true;
                certain = Math.min(certain, at);
            } else if (!end && !stopped) {
                certain = Math.min(certain, all.length() - overlap(stop));
            }
        }
        String out = all.substring(given, Math.max(given, certain));
        given = Math.max(given, certain);
        return out;
    }

    /// Longest end of the text that is a beginning of `stop`.
    private int overlap(String stop) {
        for (int n = Math.min(stop.length() - 1, all.length() - given); n > 0; n--)
            if (stop.startsWith(all.substring(all.length() - n))) return n;
        return 0;
    }
}
