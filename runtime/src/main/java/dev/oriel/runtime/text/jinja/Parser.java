package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Statements from tokens; see [ExpressionParser] for what stands inside them.
final class Parser {
    static final int NESTING = 100;

    private final TokenStream stream;
    private final ExpressionParser expressions;
    private final TargetParser targets;
    private final boolean generation;
    private int depth;
    private int loops;

    private Parser(List<Token> tokens, boolean generation) {
        this.stream = new TokenStream(tokens);
        this.expressions = new ExpressionParser(stream);
        this.targets = new TargetParser(stream, expressions);
        this.generation = generation;
    }

    static List<Node> parse(String source, boolean generation) {
        return new Parser(Lexer.tokens(source), generation).body();
    }

    /// Up to one of the tags `ends` (its name is the current token then) or, without any, the end of the template.
    private List<Node> body(String... ends) {
        if (++depth > NESTING) {
            throw Fault.at(stream.line(), "blocks nested more than " + NESTING + " deep");
        }
        List<Node> nodes = new ArrayList<>();
        while (true) {
            Token token = stream.next();
            switch (token.kind()) {
                case DATA -> nodes.add(new Node.Data(token.text()));
                case VARIABLE_BEGIN -> {
                    nodes.add(new Node.Print(expressions.tuple(true, false)));
                    stream.expect(Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (stream.current().is(Kind.NAME) && List.of(ends).contains(stream.current().text())) {
                        depth--;
                        return nodes;
                    }
                    statement(nodes, ends);
                    stream.expect(Kind.BLOCK_END, "'%}'");
                }
                default -> {
                    if (ends.length > 0) {
                        throw Fault.at(token.line(), "unexpected end of template, expected '" + String.join("' or '", ends) + "'");
                    }
                    return nodes;
                }
            }
        }
    }

    /// A body and the end of the tag before it; `soft` where Jinja puts off complaints about unknown filters until it is run.
    private List<Node> block(boolean soft, String... ends) {
        stream.skipOperator(":");
        stream.expect(Kind.BLOCK_END, "'%}'");
        boolean outer = expressions.postfix.soft(soft);
        List<Node> nodes = body(ends);
        expressions.postfix.soft(outer);
        return nodes;
    }

    private List<Node> scopedBlock(String end) {
        List<Node> nodes = block(false, end);
        stream.next();
        return nodes;
    }

    private void statement(List<Node> nodes, String... ends) {
        Token tag = stream.expect(Kind.NAME, "a tag name");
        switch (tag.text()) {
            case "if" -> nodes.add(parseIf());
            case "for" -> nodes.add(parseFor(tag.line()));
            case "set" -> nodes.add(parseSet(tag.line()));
            case "macro" -> nodes.add(parseMacro());
            case "call" -> nodes.add(parseCall(tag.line()));
            case "filter" -> nodes.add(new Node.FilterBlock(expressions.postfix.filterName(captured(tag.line())), scopedBlock("endfilter")));
            case "with" -> nodes.add(parseWith(tag.line()));
            case "print" -> parsePrint(nodes);
            case "block" -> nodes.add(parseBlock());
            case "break" -> nodes.add(inLoop(new Node.Break(), tag));
            case "continue" -> nodes.add(inLoop(new Node.Continue(), tag));
            case "include", "import", "from", "extends", "autoescape" ->
                throw Fault.at(tag.line(), "the tag '" + tag.text() + "' has no place in a chat template");
            case "generation" -> {
                if (!generation) {
                    throw unknown(tag, ends);
                }
                nodes.add(new Node.Scoped(function("endgeneration"), false));
            }
            default -> throw unknown(tag, ends);
        }
    }

    private static Fault unknown(Token tag, String... ends) {
        String open = ends.length == 0 ? "" : "; looking for '" + String.join("' or '", ends) + "'";
        return Fault.at(tag.line(), "unknown tag '" + tag.text() + "'" + open);
    }

    private static Expression captured(int line) {
        return new Expression.Name(Node.CAPTURED, line);
    }

    private Node inLoop(Node node, Token tag) {
        if (loops == 0) {
            throw Fault.at(tag.line(), "'" + tag.text() + "' outside loop");
        }
        return node;
    }

    private Node parseIf() {
        boolean outer = expressions.postfix.soft(true);
        List<Node.Branch> branches = new ArrayList<>();
        List<Node> orElse = List.of();
        do {
            Expression test = expressions.tuple(false, false);
            branches.add(new Node.Branch(test, block(true, "elif", "else", "endif")));
        } while (stream.skipName("elif"));
        if (stream.skipName("else")) {
            orElse = block(true, "endif");
        }
        stream.next();
        expressions.postfix.soft(outer);
        return new Node.If(branches, orElse);
    }

    private Node parseFor(int line) {
        boolean outer = targets.inLoop(true);
        Target target = targets.target(false, "in");
        stream.expectKeyword("in");
        Expression items = expressions.tuple(false, false, "recursive");
        Expression filter = stream.skipName("if") ? expressions.expression() : null;
        boolean recursive = stream.skipName("recursive");
        loops++;
        List<Node> body = block(false, "endfor", "else");
        loops--;
        targets.inLoop(outer);
        List<Node> orElse = List.of();
        if (stream.next().text().equals("else")) {
            orElse = scopedBlock("endfor");
        }
        return new Node.For(target, items, filter, recursive, body, orElse, line);
    }

    private Node parseSet(int line) {
        Target target = targets.target(true, "");
        if (stream.skipOperator("=")) {
            return new Node.Assign(target, expressions.tuple(true, false), line);
        }
        Expression filter = stream.current().isOperator("|") ? expressions.postfix.filters(captured(line)) : null;
        return new Node.AssignBlock(target, filter, scopedBlock("endset"), line);
    }

    private Node parseMacro() {
        String name = targets.variable();
        Signature signature = signature();
        return function(signature, "endmacro", (parameters, body) -> new Node.MacroDefinition(name, parameters, body));
    }

    private Node parseCall(int line) {
        Signature signature = stream.current().isOperator("(") ? signature() : new Signature(List.of(), List.of());
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw Fault.at(line, "expected call");
        }
        return function(signature, "endcall", (parameters, body) -> new Node.CallBlock(parameters, call, body));
    }

    private record Signature(List<String> names, List<Expression> defaults) { }

    private Signature signature() {
        List<String> names = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        stream.expectOperator("(");
        while (!stream.current().isOperator(")")) {
            if (!names.isEmpty()) {
                stream.expectOperator(",");
            }
            int line = stream.line();
            String name = targets.variable();
            if (names.contains(name)) {
                throw Fault.at(line, "duplicate argument '" + name + "'");
            }
            names.add(name);
            if (stream.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw Fault.at(line, "non-default argument follows default argument");
            }
        }
        stream.expectOperator(")");
        return new Signature(names, defaults);
    }

    private interface Definition {
        Node of(Node.Parameters parameters, List<Node> body);
    }

    private Node function(Signature signature, String end, Definition definition) {
        Set<String> outer = expressions.reads(new HashSet<>());
        List<Node> body = function(end);
        Set<String> reads = expressions.reads(outer);
        outer.addAll(reads);
        List<String> names = signature.names();
        return definition.of(new Node.Parameters(names, signature.defaults(),
            reads.contains("varargs") && !names.contains("varargs"),
            reads.contains("kwargs") && !names.contains("kwargs"),
            reads.contains("caller") && !names.contains("caller")), body);
    }

    /// A body that Jinja compiles to a function of its own, out of which nothing can break.
    private List<Node> function(String end) {
        int outer = loops;
        loops = 0;
        List<Node> body = scopedBlock(end);
        loops = outer;
        return body;
    }

    private Node parseWith(int line) {
        List<Target> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!stream.current().is(Kind.BLOCK_END)) {
            if (!names.isEmpty()) {
                stream.expectOperator(",");
            }
            names.add(targets.target(false, ""));
            stream.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Node.With(names, values, scopedBlock("endwith"), line);
    }

    private void parsePrint(List<Node> nodes) {
        while (!stream.current().is(Kind.BLOCK_END)) {
            nodes.add(new Node.Print(expressions.expression()));
            if (!stream.current().is(Kind.BLOCK_END)) {
                stream.expectOperator(",");
            }
        }
    }

    private Node parseBlock() {
        String name = stream.expectName();
        boolean scoped = stream.skipName("scoped");
        stream.skipName("required");
        List<Node> body = function("endblock");
        stream.skipName(name);
        return new Node.Scoped(body, !scoped);
    }
}
