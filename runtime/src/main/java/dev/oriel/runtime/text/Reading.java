package dev.oriel.runtime.text;

/// A place in an answer, or in the part of it that has come so far.
final class Reading {
    final String text;
    int at;
    /// Nothing more comes.
    private final boolean whole;

    Reading(String text, int at, boolean whole) {
        this.text = text;
        this.at = at;
        this.whole = whole;
    }

    boolean atEnd() { return at == text.length(); }

    boolean whole() { return whole; }

    /// The next character.
    char next(String expected) {
        if (atEnd()) throw new Unreadable(expected, true);
        return text.charAt(at);
    }

    void space() {
        while (!atEnd() && Character.isWhitespace(text.charAt(at))) at++;
    }

    /// Steps over `mark` if it is here.
    ///
    /// @throws Unreadable where that is not yet known
    boolean accepts(String mark) {
        if (text.startsWith(mark, at)) {
            at += mark.length();
            return true;
        }
        if (!whole && mark.startsWith(text.substring(at))) throw new Unreadable(mark, true);
        return false;
    }

    void expect(String mark) {
        if (!accepts(mark)) throw wrong(mark);
    }

    /// What stands before `mark`, and steps over both.
    String until(String mark) {
        int found = text.indexOf(mark, at);
        if (found < 0) throw new Unreadable(mark, true);
        String before = text.substring(at, found);
        at = found + mark.length();
        return before;
    }

    /// The characters up to white space or one of `<>[]{}()"`, at least one.
    String name() { return name(""); }

    /// @param other characters that end it too
    String name(String other) {
        int from = at;
        while (!atEnd() && !Character.isWhitespace(text.charAt(at)) && "<>[]{}()\"".indexOf(text.charAt(at)) < 0 && other.indexOf(text.charAt(at)) < 0) at++;
        if (atEnd() && !whole) throw new Unreadable("a name", true);
        if (at == from) throw wrong("a name");
        return text.substring(from, at);
    }

    /// Here is something else than `expected`; where the text ends here, or within it, that is because it is not finished.
    Unreadable wrong(String expected) { return new Unreadable(expected, expected.startsWith(text.substring(at))); }
}
