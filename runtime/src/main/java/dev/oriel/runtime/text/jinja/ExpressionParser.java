package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Expressions from tokens, one method per level of precedence, the loosest first.
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");
    private static final int NESTING = 200;

    private final TokenStream stream;
    final PostfixParser postfix;
    private Set<String> reads = new HashSet<>();
    private int depth;

    ExpressionParser(TokenStream stream) {
        this.stream = stream;
        this.postfix = new PostfixParser(stream, this);
    }

    void read(String name) {
        reads.add(name);
    }

    /// Collects the names read from here on in `into`; gives the former collection.
    Set<String> reads(Set<String> into) {
        Set<String> before = reads;
        reads = into;
        return before;
    }

    /// One expression, or several with commas between them. `parentheses`: may be empty. Ends before the names `ends`.
    Expression tuple(boolean conditional, boolean parentheses, String... ends) {
        int line = stream.line();
        List<Expression> items = new ArrayList<>();
        boolean tuple = false;
        while (!atTupleEnd(ends)) {
            items.add(conditional ? expression() : or());
            if (!stream.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && items.size() == 1) {
            return items.getFirst();
        }
        if (!tuple && !parentheses) {
            throw stream.unexpected("an expression");
        }
        return new Expression.Sequence(true, items, line);
    }

    boolean atTupleEnd(String... ends) {
        Token token = stream.current();
        return token.is(Kind.VARIABLE_END) || token.is(Kind.BLOCK_END) || token.isOperator(")")
            || token.is(Kind.NAME) && List.of(ends).contains(token.text());
    }

    Expression expression() {
        if (++depth > NESTING) {
            throw Fault.at(stream.line(), "expressions nested more than " + NESTING + " deep");
        }
        int line = stream.line();
        boolean outer = postfix.soft();
        int length = 0;
        Expression value = or();
        while (stream.skipName("if")) {
            postfix.soft(true);
            Expression test = or();
            Expression otherwise = stream.skipName("else") ? expression() : null;
            value = new Expression.Conditional(test, value, otherwise, line);
            postfix.soft(outer);
            chained(++length);
        }
        depth--;
        return value;
    }

    /// Operators of one level make a tree as deep as the chain is long.
    void chained(int length) {
        if (length > Budget.DEPTH / 2) {
            throw Fault.at(stream.line(), "more than " + Budget.DEPTH / 2 + " operators in a row");
        }
    }

    private Expression or() {
        Expression left = and();
        for (int n = 1; stream.current().isName("or"); n++) {
            int line = stream.next().line();
            left = new Expression.Or(left, and(), line);
            chained(n);
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        for (int n = 1; stream.current().isName("and"); n++) {
            int line = stream.next().line();
            left = new Expression.And(left, not(), line);
            chained(n);
        }
        return left;
    }

    private Expression not() {
        if (!stream.current().isName("not")) {
            return compare();
        }
        int line = stream.next().line();
        return new Expression.Not(nested(this::not), line);
    }

    /// One level deeper.
    <T> T nested(Supplier<T> parse) {
        if (++depth > NESTING) {
            throw Fault.at(stream.line(), "expressions nested more than " + NESTING + " deep");
        }
        T value = parse.get();
        depth--;
        return value;
    }

    private Expression compare() {
        int line = stream.line();
        List<Expression> operands = new ArrayList<>(List.of(sum()));
        List<String> operators = new ArrayList<>();
        while (true) {
            Token token = stream.current();
            if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
                operators.add(stream.next().text());
            } else if (stream.skipName("in")) {
                operators.add("in");
            } else if (token.isName("not") && stream.look().isName("in")) {
                stream.next();
                stream.next();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? operands.getFirst() : new Expression.Compare(operands, operators, line);
            }
            operands.add(sum());
        }
    }

    private Expression sum() {
        return binary(this::concat, "+", "-");
    }

    private Expression concat() {
        int line = stream.line();
        Expression first = product();
        if (!stream.current().isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (stream.skipOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concat(parts, line);
    }

    private Expression product() {
        return binary(() -> binary(() -> unary(true), "**"), "*", "/", "//", "%");
    }

    private Expression binary(Supplier<Expression> operand, String... operators) {
        Expression left = operand.get();
        for (int n = 1; stream.current().is(Kind.OPERATOR) && List.of(operators).contains(stream.current().text()); n++) {
            Token operator = stream.next();
            left = new Expression.Binary(operator.text(), left, operand.get(), operator.line());
            chained(n);
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Token token = stream.current();
        Expression value;
        if (stream.skipOperator("-")) {
            value = new Expression.Unary('-', nested(() -> unary(false)), token.line());
        } else if (stream.skipOperator("+")) {
            value = new Expression.Unary('+', nested(() -> unary(false)), token.line());
        } else {
            value = primary();
        }
        value = postfix.subscripts(value);
        return withFilters ? postfix.filtersAndTests(value) : value;
    }

    Expression primary() {
        Token token = stream.next();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (stream.current().is(Kind.STRING)) {
                    text.append(stream.next().text());
                }
                yield new Expression.Constant(text.toString(), token.line());
            }
            case INTEGER, FLOAT -> new Expression.Constant(token.value(), token.line());
            case OPERATOR -> switch (token.text()) {
                case "(" -> {
                    Expression value = tuple(true, true);
                    stream.expectOperator(")");
                    yield value;
                }
                case "[" -> new Expression.Sequence(false, list("]", this::expression), token.line());
                case "{" -> mapping(token.line());
                default -> throw Fault.at(token.line(), "unexpected " + token.describe());
            };
            default -> throw Fault.at(token.line(), "unexpected " + token.describe());
        };
    }

    private Expression name(Token token) {
        if (!CONSTANTS.contains(token.text())) {
            reads.add(token.text());
            return new Expression.Name(token.text(), token.line());
        }
        Object value = switch (token.text()) {
            case "true", "True" -> true;
            case "false", "False" -> false;
            default -> null;
        };
        return new Expression.Constant(value, token.line());
    }

    /// Items with commas between them (one may follow the last) up to `end`.
    List<Expression> list(String end, Supplier<Expression> item) {
        List<Expression> items = new ArrayList<>();
        while (!stream.skipOperator(end)) {
            if (!items.isEmpty()) {
                stream.expectOperator(",");
                if (stream.skipOperator(end)) {
                    break;
                }
            }
            items.add(item.get());
        }
        return items;
    }

    private Expression mapping(int line) {
        List<Expression> values = new ArrayList<>();
        List<Expression> keys = list("}", () -> {
            Expression key = expression();
            stream.expectOperator(":");
            values.add(expression());
            return key;
        });
        return new Expression.Mapping(keys, values, line);
    }
}
