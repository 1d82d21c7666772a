package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.List;

/// What can be assigned to.
final class TargetParser {
    private final TokenStream stream;
    private final ExpressionParser expressions;
    private boolean inLoop;

    TargetParser(TokenStream stream, ExpressionParser expressions) {
        this.stream = stream;
        this.expressions = expressions;
    }

    /// Whether the name `loop` is taken; gives the former answer.
    boolean inLoop(boolean now) {
        boolean before = inLoop;
        inLoop = now;
        return before;
    }

    /// A name that can be assigned to.
    String variable() {
        int line = stream.line();
        String name = stream.expectName();
        if (ExpressionParser.CONSTANTS.contains(name)) {
            throw Fault.at(line, "can't assign to '" + name + "'");
        }
        return name;
    }

    /// What is assigned to: a name, with `namespaces` also `ns.name`, or several in (optional) parentheses. Ends before the name `end`.
    Target target(boolean namespaces, String end) {
        List<Target> targets = new ArrayList<>();
        boolean tuple = false;
        while (!stream.current().isName(end) && !expressions.atTupleEnd()) {
            targets.add(oneTarget(namespaces));
            if (!stream.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (targets.isEmpty()) {
            throw stream.unexpected("a name to assign to");
        }
        return tuple ? new Target.Unpack(targets) : targets.getFirst();
    }

    private Target oneTarget(boolean namespaces) {
        if (stream.skipOperator("(")) {
            Target inner = expressions.nested(() -> target(namespaces, ""));
            stream.expectOperator(")");
            return inner;
        }
        boolean member = namespaces && stream.look().isOperator(".");
        if (member) {
            String namespace = stream.expectName();
            stream.next();
            expressions.read(namespace);
            return new Target.Member(namespace, stream.expectName());
        }
        int line = stream.line();
        Target.Variable target = new Target.Variable(variable());
        if (inLoop && target.name().equals("loop")) {
            throw Fault.at(line, "can't assign to special loop variable");
        }
        return target;
    }
}
