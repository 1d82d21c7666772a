package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Rendered.Piece;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which parts of the texts of one rendering come from which message, or from another variable. Texts are plain strings, so what is known of one is kept beside it, by its identity;
/// operations that change characters (`upper`, `format`...) make texts of which nothing is known.
final class Provenance {
    /// Knows nothing and does only what the plain operations do.
    static final Provenance NONE = new Provenance(null);

    private static final int PIECES = 1_000_000;
    private static final int CHARS_PER_PIECE = 64;
    private static final int PIECES_PER_STEP = 16;

    /// Levels of a conversation: the list, a message, its content, a part of it. Messages and parts have kinds.
    private static final int CONVERSATION = 4;
    private static final int MESSAGE = 3;
    private static final int PART = 1;
    private static final List<String> KINDS = List.of("role", "type");

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

    /// Marks all texts that a conversation brings along: the contents of `messages`, strings or lists of parts with a `text`, as theirs, and whatever else is in
    /// messages, tools and other variables as somebody's. Only what templates put special tokens together from is left out: the variables that are such tokens,
    /// roles, and the types of parts. Lists and maps must be nobody else's.
    void mark(Map<String, Object> variables) {
        if (known == null) {
            return;
        }
        if (variables.get("messages") instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (list.get(i) instanceof Map<?, ?> map) {
                    @SuppressWarnings("unchecked") Map<Object, Object> message = (Map<Object, Object>) map;
                    messages.put(message, i);
                    message.replace("content", marked(message.get("content"), i));
                }
            }
        }
        variables.replaceAll((name, value) -> name.endsWith("_token") ? value : others(value, name.equals("messages") ? CONVERSATION : 0));
    }

    /// @param level counts down from [#CONVERSATION]; 0 outside of it
    private Object others(Object value, int level) {
        switch (value) {
            case String text -> {
                return known.containsKey(text) ? text : marked(text, Piece.OTHERS, 0);
            }
            case List<?> list -> {
                @SuppressWarnings("unchecked") List<Object> own = (List<Object>) list;
                own.replaceAll(item -> others(item, level - 1));
            }
            case Map<?, ?> map -> {
                @SuppressWarnings("unchecked") Map<Object, Object> own = (Map<Object, Object>) map;
                Map<Object, Object> before = new LinkedHashMap<>(own);
                own.clear();
                boolean kind = level == MESSAGE || level == PART;
                before.forEach((key, item) -> own.put(others(key, 0), kind && KINDS.contains(key) ? item : others(item, level == MESSAGE && "content".equals(key) ? level - 1 : 0)));
            }
            case null, default -> { }
        }
        return value;
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

    /// `result` was made from `sources`. Where one of these is somebody's and nobody has noted what became of it (`upper`, `format`), so is all of the result.
    Object derived(Object result, List<?> sources) {
        if (known == null || sources.isEmpty() || sources.getFirst() instanceof Map<?, ?> || sources.stream().noneMatch(source -> ofSomebody(source, 1))) {
            return result;
        }
        if (result instanceof List<?> items && !(result instanceof Range)) {
            items.forEach(item -> own(item, sources));
        } else {
            own(result, sources);
        }
        return result;
    }

    /// The characters that a loop over `items` gets, or its items as they are.
    Iterator<Object> each(Object items, Iterator<Object> all) {
        if (!ofSomebody(items, 0)) {
            return all;
        }
        List<Object> characters = new ArrayList<>();
        all.forEachRemaining(characters::add);
        derived(characters, List.of(items));
        return characters.iterator();
    }

    boolean ofSomebody(Object source, int depth) {
        if (known == null) {
            return false;
        }
        return source instanceof List<?> items && !(source instanceof Range) ? depth > 0 && items.stream().anyMatch(item -> ofSomebody(item, depth - 1))
            : Values.text(source) != null && known.containsKey(Values.text(source));
    }

    private void own(Object made, List<?> sources) {
        String text = Values.text(made);
        if (text != null && !text.isEmpty() && !known.containsKey(text) && sources.stream().noneMatch(source -> Values.text(source) == text)) {
            add(text, new Piece(0, text.length(), Piece.OTHERS, 0));
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
