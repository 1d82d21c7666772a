package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cuts a template into tokens, with the whitespace rules of `trim_blocks` (the newline after a block tag goes) and
/// `lstrip_blocks` (so does the space before one that begins a line), and the signs `-` and `+` that overrule them.
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"};

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int pos;
    private int line = 1;
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
        lexer.root();
        lexer.add(Kind.EOF, "", null);
        return lexer.tokens;
    }

    private void root() {
        while (pos < source.length()) {
            int open = nextOpening();
            if (open < 0) {
                data(source.substring(pos));
                pos = source.length();
                return;
            }
            char kind = source.charAt(open + 1);
            char sign = sign(open + 2);
            String text = stripped(source.substring(pos, open), sign, kind == '{');
            int lines = newlines(pos, open);
            data(text);
            line += lines;
            int inside = open + (sign == 0 ? 2 : 3);
            switch (kind) {
                case '#' -> comment(inside);
                case '{' -> tag(Kind.VARIABLE_BEGIN, Kind.VARIABLE_END, inside);
                default -> block(inside);
            }
        }
    }

    private int nextOpening() {
        for (int i = source.indexOf('{', pos); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '%' || next == '{' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private char sign(int at) {
        char c = at < source.length() ? source.charAt(at) : 0;
        return c == '-' || c == '+' ? c : 0;
    }

    private String stripped(String text, char sign, boolean variable) {
        if (sign == '-') {
            return Text.strip(text, null, false, true);
        }
        if (sign == '+' || variable) {
            return text;
        }
        int lineAt = text.lastIndexOf('\n') + 1;
        boolean blank = (lineAt > 0 || lineStart) && Text.strip(text.substring(lineAt), null, true, false).isEmpty();
        return blank ? text.substring(0, lineAt) : text;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            add(Kind.DATA, text, null);
        }
    }

    private void comment(int inside) {
        int end = source.indexOf("#}", inside);
        if (end < 0) {
            throw Fault.at(line, "missing end of comment tag");
        }
        line += newlines(inside, end);
        close(end + 2, end > inside ? sign(end - 1) : 0, true);
    }

    /// Moves behind a closing tag that ends at `end` and behind the space that goes with it.
    private void close(int end, char sign, boolean trimNewline) {
        int to = end;
        if (sign == '-') {
            to = skipSpace(end);
        } else if (sign == 0 && trimNewline && to < source.length() && source.charAt(to) == '\n') {
            to++;
        }
        line += newlines(end, to);
        pos = to;
        lineStart = to > end && source.charAt(to - 1) == '\n';
    }

    private void block(int inside) {
        int name = skipSpace(inside);
        if (source.startsWith("raw", name)) {
            int end = skipSpace(name + 3);
            char sign = sign(end) == '-' ? '-' : 0;
            if (source.startsWith("%}", sign == 0 ? end : end + 1)) {
                line += newlines(inside, end);
                close(end + (sign == 0 ? 2 : 3), sign, false);
                raw();
                return;
            }
        }
        tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, inside);
    }

    private void raw() {
        for (int open = source.indexOf("{%", pos); open >= 0; open = source.indexOf("{%", open + 2)) {
            char before = sign(open + 2);
            int name = skipSpace(open + (before == 0 ? 2 : 3));
            if (!source.startsWith("endraw", name)) {
                continue;
            }
            int end = skipSpace(name + 6);
            char after = sign(end);
            int close = end + (after == 0 ? 0 : 1);
            if (source.startsWith("%}", close)) {
                data(stripped(source.substring(pos, open), before, false));
                line += newlines(pos, close);
                close(close + 2, after, true);
                return;
            }
        }
        throw Fault.at(line, "missing end of raw directive");
    }

    private void tag(Kind begin, Kind end, int inside) {
        add(begin, "", null);
        pos = inside;
        String closing = end == Kind.BLOCK_END ? "%}" : "}}";
        Deque<Character> brackets = new ArrayDeque<>();
        while (true) {
            int at = skipSpace(pos);
            line += newlines(pos, at);
            pos = at;
            if (pos >= source.length()) {
                throw Fault.at(line, "unexpected end of template, expected '" + closing + "'");
            }
            if (brackets.isEmpty()) {
                char sign = sign(pos);
                boolean signed = sign == '-' || sign == '+' && end == Kind.BLOCK_END;
                if (source.startsWith(closing, signed ? pos + 1 : pos)) {
                    add(end, "", null);
                    close(pos + (signed ? 3 : 2), signed ? sign : 0, end == Kind.BLOCK_END);
                    return;
                }
            }
            token(brackets);
        }
    }

    private void token(Deque<Character> brackets) {
        int c = source.codePointAt(pos);
        if (Character.isDigit(c) && c < 128) {
            number();
        } else if (c == '_' || Character.isLetterOrDigit(c)) {
            name();
        } else if (c == '"' || c == '\'') {
            string((char) c);
        } else {
            operator(brackets);
        }
    }

    private void number() {
        try {
            pos = Numbers.lex(source, pos, source.charAt(pos - 1), (kind, value, end) -> add(kind, source.substring(pos, end), value));
        } catch (Fault fault) {
            throw Fault.at(line, fault.getMessage());
        }
    }

    private void name() {
        int end = pos;
        while (end < source.length() && (source.charAt(end) == '_' || Character.isUnicodeIdentifierPart(source.codePointAt(end)))
            && !Character.isIdentifierIgnorable(source.codePointAt(end))) {
            end += Character.charCount(source.codePointAt(end));
        }
        if (end == pos) {
            throw Fault.at(line, "invalid character in identifier");
        }
        add(Kind.NAME, source.substring(pos, end), null);
        pos = end;
    }

    private void string(char quote) {
        int end = pos + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw Fault.at(line, "unexpected char " + Repr.quote(String.valueOf(quote)));
        }
        add(Kind.STRING, Escapes.decode(source.substring(pos + 1, end), line), null);
        line += newlines(pos, end);
        pos = end + 1;
    }

    private void operator(Deque<Character> brackets) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, pos)) {
                balance(operator.charAt(0), brackets);
                add(Kind.OPERATOR, operator, null);
                pos += operator.length();
                return;
            }
        }
        throw Fault.at(line, "unexpected char " + Repr.quote(Character.toString(source.codePointAt(pos))));
    }

    private void balance(char c, Deque<Character> brackets) {
        switch (c) {
            case '(' -> brackets.push(')');
            case '[' -> brackets.push(']');
            case '{' -> brackets.push('}');
            case ')', ']', '}' -> {
                if (brackets.isEmpty()) {
                    throw Fault.at(line, "unexpected '" + c + "'");
                }
                char expected = brackets.pop();
                if (expected != c) {
                    throw Fault.at(line, "unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> { }
        }
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private int newlines(int from, int to) {
        int n = 0;
        for (int i = source.indexOf('\n', from, to); i >= 0; i = source.indexOf('\n', i + 1, to)) {
            n++;
        }
        return n;
    }

    private void add(Kind kind, String text, Object value) {
        tokens.add(new Token(kind, text, value, line));
    }
}
