package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Expression.Given;
import dev.oriel.runtime.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What may follow a value: `.name`, `[key]`, `(arguments)`, `| filter` and `is test`.
final class PostfixParser {
    private final TokenStream stream;
    private final ExpressionParser expressions;
    private boolean soft;

    PostfixParser(TokenStream stream, ExpressionParser expressions) {
        this.stream = stream;
        this.expressions = expressions;
    }

    boolean soft() {
        return soft;
    }

    /// Whether unknown filters and tests are an error only when they are run; gives the former answer.
    boolean soft(boolean now) {
        boolean before = soft;
        soft = now;
        return before;
    }

    Expression subscripts(Expression start) {
        Expression value = start;
        for (int n = 1; ; n++) {
            Token token = stream.current();
            if (token.isOperator(".")) {
                value = attribute(value);
            } else if (token.isOperator("[")) {
                value = item(value);
            } else if (token.isOperator("(")) {
                value = new Expression.Call(value, given(), token.line());
            } else {
                return value;
            }
            expressions.chained(n);
        }
    }

    private Expression attribute(Expression target) {
        int line = stream.next().line();
        Token name = stream.next();
        return switch (name.kind()) {
            case NAME -> new Expression.Attribute(target, name.text(), line);
            case INTEGER -> new Expression.Item(target, new Expression.Constant(name.value(), name.line()), line);
            default -> throw Fault.at(name.line(), "expected name or number, got " + name.describe());
        };
    }

    private Expression item(Expression target) {
        int line = stream.next().line();
        if (stream.skipOperator("]")) {
            return new Expression.Item(target, new Expression.Sequence(true, List.of(), line), line);
        }
        Expression start = stream.current().isOperator(":") ? null : expressions.expression();
        if (stream.skipOperator(":")) {
            Expression stop = bound();
            Expression step = stream.skipOperator(":") ? bound() : null;
            stream.expectOperator("]");
            return new Expression.Slice(target, start, stop, step, line);
        }
        if (stream.skipOperator("]")) {
            return new Expression.Item(target, start, line);
        }
        stream.expectOperator(",");
        List<Expression> keys = new ArrayList<>(List.of(start));
        keys.addAll(expressions.list("]", expressions::expression));
        return new Expression.Item(target, new Expression.Sequence(true, keys, line), line);
    }

    private Expression bound() {
        return stream.current().isOperator(":") || stream.current().isOperator("]") ? null : expressions.expression();
    }

    Expression filtersAndTests(Expression start) {
        Expression value = start;
        for (int n = 1; ; n++) {
            Token token = stream.current();
            if (token.isOperator("|")) {
                value = filters(value);
            } else if (token.isName("is")) {
                value = test(value);
            } else if (token.isOperator("(")) {
                value = new Expression.Call(value, given(), token.line());
            } else {
                return value;
            }
            expressions.chained(n);
        }
    }

    /// `| name(...) | name ...`
    Expression filters(Expression input) {
        Expression value = input;
        for (int n = 1; stream.skipOperator("|"); n++) {
            value = oneFilter(value);
            expressions.chained(n);
        }
        return value;
    }

    /// As [#filters] with the first bar left out, as `{% filter %}` writes it.
    Expression filterName(Expression input) {
        return filters(oneFilter(input));
    }

    private Expression oneFilter(Expression input) {
        int line = stream.line();
        String name = dotted();
        Given given = stream.current().isOperator("(") ? given() : Given.NONE;
        if (!soft && !Filters.TABLE.containsKey(name)) {
            throw Fault.at(line, "no filter named '" + name + "'");
        }
        return new Expression.Filter(input, name, given, line);
    }

    private String dotted() {
        StringBuilder name = new StringBuilder(stream.expectName());
        while (stream.skipOperator(".")) {
            name.append('.').append(stream.expectName());
        }
        return name.toString();
    }

    private Expression test(Expression input) {
        int line = stream.next().line();
        boolean negated = stream.skipName("not");
        String name = dotted();
        Given given = Given.NONE;
        Token token = stream.current();
        if (token.isOperator("(")) {
            given = given();
        } else if (beginsOperand(token)) {
            if (token.isName("is")) {
                throw Fault.at(line, "you cannot chain multiple tests with is");
            }
            given = new Given(List.of(subscripts(expressions.primary())), List.of(), List.of(), null, null);
        }
        if (!soft && !Tests.TABLE.containsKey(name)) {
            throw Fault.at(line, "no test named '" + name + "'");
        }
        Expression test = new Expression.Test(input, name, given, line);
        return negated ? new Expression.Not(test, line) : test;
    }

    private static boolean beginsOperand(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }

    private Given given() {
        int line = stream.next().line();
        List<Expression> positional = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expression> named = new ArrayList<>();
        Expression star = null;
        Expression starStar = null;
        for (boolean first = true; !stream.skipOperator(")"); first = false) {
            if (!first) {
                stream.expectOperator(",");
                if (stream.skipOperator(")")) {
                    break;
                }
            }
            boolean valid = starStar == null;
            if (stream.skipOperator("*")) {
                valid &= star == null;
                star = expressions.expression();
            } else if (stream.skipOperator("**")) {
                starStar = expressions.expression();
            } else if (stream.current().is(Kind.NAME) && stream.look().isOperator("=")) {
                names.add(stream.next().text());
                stream.next();
                named.add(expressions.expression());
            } else {
                valid &= star == null && names.isEmpty();
                positional.add(expressions.expression());
            }
            if (!valid) {
                throw Fault.at(line, "invalid syntax for function call expression");
            }
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw Fault.at(line, "keyword argument repeated");
        }
        return new Given(positional, names, named, star, starStar);
    }
}
