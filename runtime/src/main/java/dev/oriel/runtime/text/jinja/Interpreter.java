package dev.oriel.runtime.text.jinja;

import java.time.LocalDateTime;
import java.util.Iterator;
import java.util.List;

/// Runs statements. One per rendering.
final class Interpreter {
    /// How a body ended.
    private enum Flow { NEXT, BREAK, CONTINUE }

    final Budget budget;
    final LocalDateTime now;
    final Evaluator evaluator = new Evaluator(this);
    private final Scope outermost;
    private StringBuilder out = new StringBuilder();

    Interpreter(LocalDateTime now, Scope outermost, Provenance provenance) {
        this.budget = new Budget(provenance);
        this.now = now;
        this.outermost = outermost;
    }

    String render(List<Node> body) {
        run(body, outermost);
        return budget.provenance.text(out);
    }

    private Flow run(List<Node> body, Scope scope) {
        budget.enter();
        Flow flow = Flow.NEXT;
        for (int i = 0; flow == Flow.NEXT && i < body.size(); i++) {
            budget.step();
            flow = run(body.get(i), scope);
        }
        budget.leave();
        return flow;
    }

    private Flow run(Node node, Scope scope) {
        switch (node) {
            case Node.Data data -> write(data.text());
            case Node.Print print -> write(Repr.str(evaluator.value(print.value(), scope), budget));
            case Node.If branches -> {
                return choose(branches, scope);
            }
            case Node.For loop -> run(loop, evaluator.value(loop.items(), scope), scope, 0);
            case Node.Assign set -> {
                Object value = evaluator.value(set.value(), scope);
                budget.line = set.line();
                assign(set.target(), value, scope);
            }
            case Node.AssignBlock set -> {
                return capture(set, scope);
            }
            case Node.MacroDefinition macro -> scope.set(macro.name(), new Macro(macro.name(), macro.parameters(), macro.body(), scope));
            case Node.CallBlock block -> {
                Macro caller = new Macro("caller", block.parameters(), block.body(), scope);
                write(Repr.str(evaluator.call(block.call(), scope, caller), budget));
            }
            case Node.FilterBlock block -> {
                Scope inner = new Scope(scope);
                Captured captured = capture(block.body(), inner);
                inner.set(Node.CAPTURED, captured.text());
                if (captured.flow() == Flow.NEXT) {
                    write(Repr.str(evaluator.value(block.filter(), inner), budget));
                }
                return captured.flow();
            }
            case Node.With with -> {
                Scope inner = new Scope(scope);
                budget.line = with.line();
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(with.targets().get(i), evaluator.value(with.values().get(i), scope), inner);
                }
                return run(with.body(), inner);
            }
            case Node.Scoped scoped -> run(scoped.body(), new Scope(scoped.outermost() ? outermost : scope));
            case Node.Break _ -> {
                return Flow.BREAK;
            }
            case Node.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private void write(String text) {
        budget.cap((long) out.length() + text.length());
        budget.text(text.length());
        budget.provenance.append(out, text);
    }

    private Flow choose(Node.If node, Scope scope) {
        for (Node.Branch branch : node.branches()) {
            if (Values.truth(evaluator.value(branch.test(), scope))) {
                return run(branch.body(), scope);
            }
        }
        return node.orElse().isEmpty() ? Flow.NEXT : run(node.orElse(), scope);
    }

    private void run(Node.For node, Object items, Scope scope, int depth) {
        budget.line = node.line();
        Iterator<Object> all = budget.provenance.each(items, Values.iterate(items));
        boolean counted = node.filter() == null && Values.hasLength(items);
        Loop loop = new Loop(node.filter() == null ? all : chosen(node, all, scope), counted ? Values.length(items) : -1, depth,
            node.recursive() ? (inner, level) -> recurse(node, inner, scope, level) : null, budget);
        if (!loop.hasNext()) {
            run(node.orElse(), new Scope(scope));
        }
        while (loop.hasNext()) {
            Scope inner = new Scope(scope);
            inner.set("loop", loop);
            budget.line = node.line();
            Object item = loop.next();
            assign(node.target(), item, inner);
            int start = out.length();
            Flow flow = run(node.body(), inner);
            budget.provenance.turn(out, start, item);
            if (flow == Flow.BREAK) {
                break;
            }
        }
    }

    /// The items that a loop's own `if` lets through.
    private Iterator<Object> chosen(Node.For node, Iterator<Object> items, Scope scope) {
        return new Selection(items, item -> {
            Scope inner = new Scope(scope);
            assign(node.target(), item, inner);
            return Values.truth(evaluator.value(node.filter(), inner));
        }, budget);
    }

    private String recurse(Node.For node, Object items, Scope scope, int depth) {
        StringBuilder outer = out;
        out = new StringBuilder();
        budget.call();
        run(node, items, scope, depth);
        budget.returned();
        String text = budget.provenance.text(out);
        out = outer;
        return text;
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.Member member -> {
                if (!(scope.get(member.namespace()) instanceof Namespace namespace)) {
                    throw new Fault("cannot assign attribute on non-namespace object");
                }
                namespace.attributes.put(member.attribute(), value);
            }
            case Target.Unpack unpack -> {
                List<Target> targets = unpack.targets();
                List<Object> values = Values.list(value, budget);
                if (values.size() != targets.size()) {
                    throw new Fault(values.size() > targets.size() ? "too many values to unpack (expected " + targets.size() + ")"
                        : "not enough values to unpack (expected " + targets.size() + ", got " + values.size() + ")");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    private record Captured(String text, Flow flow) { }

    private Captured capture(List<Node> body, Scope scope) {
        StringBuilder outer = out;
        out = new StringBuilder();
        Flow flow = run(body, scope);
        Captured captured = new Captured(budget.provenance.text(out), flow);
        out = outer;
        return captured;
    }

    private Flow capture(Node.AssignBlock set, Scope scope) {
        Scope inner = new Scope(scope);
        Captured captured = capture(set.body(), inner);
        if (captured.flow() == Flow.NEXT) {
            inner.set(Node.CAPTURED, captured.text());
            assign(set.target(), set.filter() == null ? captured.text() : evaluator.value(set.filter(), inner), scope);
        }
        return captured.flow();
    }

    /// The text of a macro's body with its parameters in `scope`.
    String invoke(Macro macro, Scope scope) {
        budget.call();
        String text = capture(macro.body(), scope).text();
        budget.returned();
        return text;
    }
}
