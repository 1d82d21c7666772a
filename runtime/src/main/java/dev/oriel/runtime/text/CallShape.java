package dev.oriel.runtime.text;

import java.util.ArrayList;
import java.util.List;

/// One way in which a form writes calls: items between two marks.
///
/// @param opening where it begins
/// @param inside  whether the items begin with `opening` themselves
/// @param closing empty where the last item ends it. Models that have said all they want may leave it out at the very end.
record CallShape(String opening, boolean inside, CallItem item, String closing) {
    static CallShape of(String opening, CallItem item, String closing) { return new CallShape(opening, false, item, closing); }

    static CallShape of(String opening, CallItem item) { return new CallShape(opening, true, item, ""); }

    /// The calls from `opening` on, which starts here; steps over them.
    ///
    /// @throws Unreadable where it is none, or not yet whole
    List<ToolCall> read(Reading in, List<Tool> tools) {
        if (!inside) in.expect(opening);
        List<ToolCall> calls = new ArrayList<>();
        while (true) {
            in.space();
            if (!closing.isEmpty()) {
                if (closes(in, calls)) break;
                if (!calls.isEmpty() && (in.accepts(",") || in.accepts(";"))) in.space();
            }
            calls.addAll(item.read(in, tools));
            if (closing.isEmpty()) break;
        }
        if (calls.isEmpty()) throw new Unreadable("a call", false);
        return calls;
    }

    /// Whether a control token is part of it.
    boolean writes(String piece) { return opening.contains(piece) || closing.contains(piece) || item.marks().stream().anyMatch(mark -> mark.contains(piece)); }

    private boolean closes(Reading in, List<ToolCall> calls) {
        boolean said = in.whole() && !calls.isEmpty();
        if (said && closing.startsWith(in.text.substring(in.at))) {
            in.at = in.text.length();
            return true;
        }
        return in.accepts(closing);
    }
}
