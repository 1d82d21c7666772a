package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Rendered.Piece;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Which parts of the texts of one rendering come from which message. Texts are plain strings, so what is known of one is kept beside it, by its identity;
/// operations that change characters (`upper`, `format`...) make texts of which nothing is known.
final class Provenance {
    /// Knows nothing and does only what the plain operations do.
    static final Provenance NONE = new Provenance(null);

    private static final int PIECES = 1_000_000;
    private static final int CHARS_PER_PIECE = 64;
    private static final int PIECES_PER_STEP = 16;

    /// Of strings, and of builders on which a text grows.
    private final Map<Object, List<Piece>> known;
    private final Map<Object, Integer> messages = new IdentityHashMap<>();
    private long noted;

    private Provenance(Map<Object, List<Piece>> known) {
        this.known = known;
    }

    static Provenance following() {
        return new Provenance(new IdentityHashMap<>());
    }

    /// Marks the contents of a conversation, strings or lists of parts with a `text`; messages must be maps that are nobody else's.
    void mark(Object conversation) {
        if (known == null || !(conversation instanceof List<?> list)) {
            return;
        }
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof Map<?, ?> map) {
                @SuppressWarnings("unchecked") Map<Object, Object> message = (Map<Object, Object>) map;
                messages.put(message, i);
                message.replace("content", marked(message.get("content"), i));
            }
        }
    }

    private Object marked(Object content, int message) {
        if (content instanceof String text) {
            return marked(text, message, 0);
        }
        if (content instanceof List<?> parts) {
            int at = 0;
            for (Object part : parts) {
                if (part instanceof Map<?, ?> map && map.get("text") instanceof String text) {
                    @SuppressWarnings("unchecked") Map<Object, Object> own = (Map<Object, Object>) map;
                    own.replace("text", marked(text, message, at));
                    at += text.length();
                }
            }
        }
        return content;
    }

    /// A string of its own, however many messages have the same text.
    private String marked(String text, int message, int at) {
        String own = new String(text.toCharArray());
        if (!own.isEmpty()) {
            add(own, new Piece(0, own.length(), message, at));
        }
        return own;
    }

    List<Piece> of(String text) {
        return known.getOrDefault(text, List.of());
    }

    void append(StringBuilder out, String text) {
        append(out, text, 0, text.length());
    }

    void append(StringBuilder out, String text, int from, int to) {
        copy(text, from, to, out, out.length());
        out.append(text, from, to);
    }

    /// Character `at` of `text`, written as `escape`.
    void append(StringBuilder out, String text, int at, String escape) {
        for (Piece piece : known == null ? List.<Piece>of() : known.getOrDefault(text, List.of())) {
            if (piece.from() <= at && at < piece.to()) {
                int place = piece.isTurn() ? Piece.TURN : piece.at() + at - piece.from();
                add(out, new Piece(out.length(), out.length() + escape.length(), piece.message(), place));
            }
        }
        out.append(escape);
    }

    /// The finished text of a builder.
    String text(StringBuilder out) {
        String text = out.toString();
        if (known != null) {
            List<Piece> pieces = known.remove(out);
            if (pieces != null) {
                known.put(text, pieces);
            }
        }
        return text;
    }

    String part(String text, int from, int to) {
        String part = text.substring(from, to);
        note(part, text, from);
        return part;
    }

    /// `part` was cut out of `text` at `at`.
    void note(String part, String text, int at) {
        if (part != text) {
            copy(text, at, at + part.length(), part, 0);
        }
    }

    /// `parts` were cut out of `text` from left to right.
    ///
    /// @param gap what is left out between two, or -1: only what no part starts with
    void note(List<Object> parts, String text, int gap) {
        int at = 0;
        for (int i = 0; known != null && known.containsKey(text) && i < parts.size(); i++) {
            String part = (String) parts.get(i);
            at = gap < 0 ? Math.max(at, text.indexOf(part, at)) : at;
            note(part, text, at);
            at += part.length() + Math.max(0, gap);
        }
    }

    /// A loop was at `item` while `out` grew from `start`.
    void turn(StringBuilder out, int start, Object item) {
        Integer message = known == null ? null : messages.get(item);
        if (message != null && out.length() > start) {
            add(out, new Piece(start, out.length(), message, Piece.TURN));
        }
    }

    private void copy(String text, int from, int to, Object target, int shift) {
        List<Piece> pieces = known == null ? null : known.get(text);
        if (pieces == null) {
            return;
        }
        noted += pieces.size() / PIECES_PER_STEP;
        for (Piece piece : pieces) {
            int first = Math.max(piece.from(), from);
            int last = Math.min(piece.to(), to);
            if (first < last) {
                int at = piece.isTurn() ? Piece.TURN : piece.at() + first - piece.from();
                add(target, new Piece(first - from + shift, last - from + shift, piece.message(), at));
            }
        }
    }

    private void add(Object target, Piece piece) {
        noted += 1 + (piece.to() - piece.from()) / CHARS_PER_PIECE;
        if (noted > PIECES) {
            throw new Fault("the messages are cut into too many pieces to follow");
        }
        known.computeIfAbsent(target, _ -> new ArrayList<>(2)).add(piece);
    }
}
