package dev.oriel.runtime.text;

import dev.oriel.runtime.text.Answer.Part;
import dev.oriel.runtime.text.Answer.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;

/// Takes an answer apart as it comes. Text that may still become a mark, and calls that are not yet whole, are held back until they are certain; however the answer is cut
/// into pieces, it ends as the same [Answer].
public final class AnswerReader {
    private final Optional<ToolCallForm> form;
    private final Optional<Thinking> thinks;
    private final List<Tool> tools;
    private final List<String> marks = new ArrayList<>();
    private final Consumer<Part> listener;

    private final StringBuilder all = new StringBuilder();
    private final List<Part> parts = new ArrayList<>();
    /// What is not yet certain.
    private String rest = "";
    private boolean thinking;
    /// Nothing has been said but calls, so that a bare call may follow.
    private boolean silent = true;
    private State state = State.COMPLETE;

    /// @param form     absent to look for no calls
    /// @param thinking whether the answer begins within the reasoning
    /// @param tools    those that were offered; empty where that is not known
    AnswerReader(Optional<ToolCallForm> form, Optional<Thinking> thinks, boolean thinking, List<Tool> tools, Consumer<Part> listener) {
        this.form = form;
        this.thinks = thinks;
        this.thinking = thinking;
        this.tools = List.copyOf(tools);
        this.listener = listener;
        form.ifPresent(row -> row.shapes().forEach(shape -> marks.add(shape.opening())));
        form.ifPresent(row -> marks.addAll(row.marks()));
        thinks.ifPresent(row -> marks.add(row.open));
    }

    /// Takes the next piece of text, the marks that are control tokens included.
    public void add(String text) {
        all.append(text);
        rest += text;
        read(false);
    }

    /// Takes the next token. Control tokens that are no marks of the answer's form say nothing.
    ///
    /// @param text what a generation gives as the token's text, where control tokens are empty
    public void add(Tokenizer tokenizer, int id, String text) {
        if (!text.isEmpty()) add(text);
        else if (tokenizer.isControl(id) && isMark(tokenizer.piece(id))) add(tokenizer.piece(id));
    }

    private boolean isMark(String piece) {
        return marks.stream().anyMatch(mark -> mark.contains(piece)) || thinks.filter(row -> row.close.contains(piece)).isPresent()
                || form.stream().flatMap(row -> row.shapes().stream()).anyMatch(shape -> shape.writes(piece));
    }

    /// The answer as a whole; nothing more may be added.
    public Answer finish() {
        read(true);
        if (thinking && state == State.COMPLETE) state = State.UNFINISHED;
        return new Answer(all.toString(), parts, state);
    }

    private void read(boolean whole) {
        boolean more = true;
        while (more && !rest.isEmpty()) more = thinking ? reason(whole) : answer(whole);
    }

    /// @return whether the rest may have more that is certain
    private boolean reason(boolean whole) {
        String close = thinks.orElseThrow().close;
        int end = rest.indexOf(close);
        give(new Part.Reasoning(take(end >= 0 ? end : whole ? rest.length() : rest.length() - overlap(close))));
        if (end < 0) return false;
        take(close.length());
        thinking = false;
        return true;
    }

    private boolean answer(boolean whole) {
        if (silent && form.isPresent() && !form.get().bare().isEmpty()) {
            Matcher start = ToolCallForm.BARE.matcher(rest);
            if (start.lookingAt()) return calls(start.start(1), form.get().bare(), whole);
            if (start.hitEnd() && !whole) return false;
        }
        int mark = marks.stream().mapToInt(rest::indexOf).filter(at -> at >= 0).min().orElse(rest.length());
        int open = whole ? rest.length() : marks.stream().mapToInt(each -> rest.length() - overlap(each)).min().orElse(rest.length());
        int certain = Math.min(mark, open);
        if (certain > 0) {
            give(new Part.Text(take(certain)));
            return true;
        }
        if (open == 0) return false;
        String found = marks.stream().filter(rest::startsWith).max(Comparator.comparingInt(String::length)).orElseThrow();
        List<CallShape> shapes = form.stream().flatMap(row -> row.shapes().stream()).filter(shape -> shape.opening().equals(found)).toList();
        if (!shapes.isEmpty()) return calls(0, shapes, whole);
        take(found.length());
        thinking = thinks.filter(row -> row.open.equals(found)).isPresent();
        return true;
    }

    /// Longest end of the rest that is a beginning of `mark`, but not all of it.
    private int overlap(String mark) {
        for (int n = Math.min(mark.length() - 1, rest.length()); n > 0; n--) if (rest.regionMatches(rest.length() - n, mark, 0, n)) return n;
        return 0;
    }

    /// Reads calls from `at` on, in the first shape that fits.
    private boolean calls(int at, List<CallShape> shapes, boolean whole) {
        Unreadable why = null;
        for (CallShape shape : shapes) {
            Reading in = new Reading(rest, at, whole);
            try {
                List<ToolCall> calls = shape.read(in, tools);
                if (shape.opening().isEmpty()) requireOffered(calls);
                take(in.at);
                calls.forEach(call -> give(new Part.Call(call)));
                return true;
            } catch (Unreadable e) {
                if (why == null || e.unfinished) why = e;
            }
        }
        return whole || !why.unfinished ? broken(shapes.getFirst(), why, whole) : false;
    }

    /// An answer that happens to be JSON is none of a tool that nobody has.
    private void requireOffered(List<ToolCall> calls) {
        if (!tools.isEmpty() && calls.stream().anyMatch(call -> tools.stream().noneMatch(tool -> tool.name().equals(call.name())))) throw new Unreadable("a tool that was offered", false);
    }

    private boolean broken(CallShape shape, Unreadable why, boolean whole) {
        if (shape.opening().isEmpty() && !why.unfinished) {
            silent = false;
            return true;
        }
        int end = why.unfinished ? rest.length() : end(shape, whole);
        if (end < 0 && !whole) return false;
        State how = why.unfinished ? State.UNFINISHED : State.MALFORMED;
        if (state != State.MALFORMED) state = how;
        give(new Part.Broken(take(end < 0 ? rest.length() : end), how, why.getMessage()));
        return true;
    }

    /// Where a malformed call that starts here ends: after its closing mark, or before the next mark; -1 where neither is there.
    private int end(CallShape shape, boolean whole) {
        int from = shape.opening().length();
        int closing = shape.closing().isEmpty() ? -1 : rest.indexOf(shape.closing(), from);
        if (closing >= 0) return closing + shape.closing().length();
        if (!shape.closing().isEmpty() && !whole) return -1;
        return marks.stream().mapToInt(mark -> rest.indexOf(mark, from)).filter(at -> at >= 0).min().orElse(-1);
    }

    private String take(int length) {
        String taken = rest.substring(0, length);
        rest = rest.substring(length);
        return taken;
    }

    private void give(Part part) {
        switch (part) {
            case Part.Text(String text) -> {
                if (text.isEmpty()) return;
                silent &= text.isBlank();
                if (!parts.isEmpty() && parts.getLast() instanceof Part.Text(String before)) parts.set(parts.size() - 1, new Part.Text(before + text));
                else parts.add(part);
            }
            case Part.Reasoning(String text) -> {
                if (text.isEmpty()) return;
                if (!parts.isEmpty() && parts.getLast() instanceof Part.Reasoning(String before)) parts.set(parts.size() - 1, new Part.Reasoning(before + text));
                else parts.add(part);
            }
            case Part.Call _, Part.Broken _ -> parts.add(part);
        }
        listener.accept(part);
    }
}
