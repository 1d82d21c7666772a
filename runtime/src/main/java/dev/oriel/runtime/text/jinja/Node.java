package dev.oriel.runtime.text.jinja;

import java.util.List;

/// A statement.
sealed interface Node {
    record Data(String text) implements Node { }

    record Print(Expression value) implements Node { }

    /// `orElse` is empty where there is no `else`.
    record If(List<Branch> branches, List<Node> orElse) implements Node { }

    record Branch(Expression test, List<Node> body) { }

    /// `filter` is the `if` of the loop's head, or null.
    record For(Target target, Expression items, Expression filter, boolean recursive, List<Node> body, List<Node> orElse, int line) implements Node { }

    record Assign(Target target, Expression value, int line) implements Node { }

    /// `filter` reads the body's text as the variable [#CAPTURED]; null where there is none.
    record AssignBlock(Target target, Expression filter, List<Node> body, int line) implements Node { }

    record MacroDefinition(String name, Parameters parameters, List<Node> body) implements Node { }

    record CallBlock(Parameters parameters, Expression.Call call, List<Node> body) implements Node { }

    /// `filter` reads the body's text as the variable [#CAPTURED].
    record FilterBlock(Expression filter, List<Node> body) implements Node { }

    record With(List<Target> targets, List<Expression> values, List<Node> body, int line) implements Node { }

    /// A body whose assignments end with it; `outermost` where it sees the template's own variables only.
    record Scoped(List<Node> body, boolean outermost) implements Node { }

    record Break() implements Node { }

    record Continue() implements Node { }

    /// `defaults` belong to the last parameters. The three flags say which of the special names the body reads.
    record Parameters(List<String> names, List<Expression> defaults, boolean varargs, boolean kwargs, boolean caller) { }

    String CAPTURED = "{% %}";
}
