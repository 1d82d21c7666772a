package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Token.Kind;
import java.util.List;

/// The tokens and a place in them.
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    int line() {
        return current().line();
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    Token expect(Kind kind, String what) {
        if (!current().is(kind)) {
            throw unexpected(what);
        }
        return next();
    }

    String expectName() {
        return expect(Kind.NAME, "a name").text();
    }

    void expectKeyword(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    Fault unexpected(String expected) {
        return Fault.at(line(), "expected " + expected + ", got " + current().describe());
    }
}
