package dev.oriel.runtime.text.jinja;

import java.util.List;

/// What has a value. Each knows its line for error messages.
sealed interface Expression {
    int line();

    record Constant(Object value, int line) implements Expression { }

    record Name(String name, int line) implements Expression { }

    record Sequence(boolean tuple, List<Expression> items, int line) implements Expression { }

    record Mapping(List<Expression> keys, List<Expression> values, int line) implements Expression { }

    /// `target.name`
    record Attribute(Expression target, String name, int line) implements Expression { }

    /// `target[key]`
    record Item(Expression target, Expression key, int line) implements Expression { }

    /// `target[start:stop:step]`; what is left out is null.
    record Slice(Expression target, Expression start, Expression stop, Expression step, int line) implements Expression { }

    record Call(Expression target, Given given, int line) implements Expression { }

    record Filter(Expression input, String name, Given given, int line) implements Expression { }

    record Test(Expression input, String name, Given given, int line) implements Expression { }

    record Unary(char operator, Expression operand, int line) implements Expression { }

    record Not(Expression operand, int line) implements Expression { }

    record Binary(String operator, Expression left, Expression right, int line) implements Expression { }

    /// `a ~ b ~ c`
    record Concat(List<Expression> parts, int line) implements Expression { }

    /// `a < b <= c`: one operator fewer than operands
    record Compare(List<Expression> operands, List<String> operators, int line) implements Expression { }

    record And(Expression left, Expression right, int line) implements Expression { }

    record Or(Expression left, Expression right, int line) implements Expression { }

    /// `then if test else otherwise`; without `else` the last is null.
    record Conditional(Expression test, Expression then, Expression otherwise, int line) implements Expression { }

    /// The arguments as a call writes them; `star` and `starStar` may be null.
    record Given(List<Expression> positional, List<String> names, List<Expression> named, Expression star, Expression starStar) {
        static final Given NONE = new Given(List.of(), List.of(), List.of(), null, null);
    }
}
