package dev.oriel.runtime.text.jinja;

import java.util.List;

/// Text marked as safe HTML (`escape`, `safe`): adding other text to it escapes that.
record Markup(String text) {
    static String escape(Object value, Budget budget) {
        budget.read(value);
        if (value instanceof Markup markup) {
            return markup.text;
        }
        String text = Repr.str(value, budget);
        budget.text(text.length() * 2L);
        String escaped = text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace("\"", "&#34;");
        return (String) budget.provenance.derived(escaped, List.of(text));
    }

    /// `result` with the mark of `source`.
    static Object like(Object source, String result) {
        return source instanceof Markup ? new Markup(result) : result;
    }
}
