package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// The variable `loop` of a `for`.
final class Loop implements Callable {
    /// Renders a recursive loop's body over other items, one level deeper.
    interface Recursion {
        String render(Object items, int depth);
    }

    private static final Object NONE = Values.MISSING;

    private final int depth;
    private final Recursion recursion;
    private final Budget budget;
    private Iterator<Object> items;
    private long length;
    private long index = -1;
    private Object before = NONE;
    private Object current = NONE;
    private Object after = NONE;
    private Object changed = NONE;

    /// @param items  taken one by one, no earlier than needed: a loop's own condition may depend on what its body does
    /// @param length -1 where it is not known beforehand
    Loop(Iterator<Object> items, long length, int depth, Recursion recursion, Budget budget) {
        this.items = items;
        this.length = length;
        this.depth = depth;
        this.recursion = recursion;
        this.budget = budget;
    }

    boolean hasNext() {
        return after != NONE || items.hasNext();
    }

    Object next() {
        budget.items(1);
        Object next = after == NONE ? items.next() : after;
        after = NONE;
        before = current;
        current = next;
        index++;
        return next;
    }

    private Object peek() {
        if (after == NONE && items.hasNext()) {
            after = items.next();
        }
        return after;
    }

    long length() {
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            while (items.hasNext()) {
                budget.items(1);
                rest.add(items.next());
            }
            length = rest.size() + index + 1 + (after == NONE ? 0 : 1);
            items = rest.iterator();
        }
        return length;
    }

    /// Walking `loop` inside its own body takes the items from it.
    Iterator<Object> walk() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return Loop.this.hasNext();
            }

            @Override
            public Object next() {
                return Tuple.of(Loop.this.next(), Loop.this);
            }
        };
    }

    Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> index;
            case "revindex" -> length() - index;
            case "revindex0" -> length() - index - 1;
            case "first" -> index == 0;
            case "last" -> peek() == NONE;
            case "length" -> length();
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index > 0 ? before : new Undefined("there is no previous item");
            case "nextitem" -> peek() == NONE ? new Undefined("there is no next item") : after;
            case "cycle" -> Builtin.of("cycle", "*", (_, a) -> cycle(a.rest.positional()));
            case "changed" -> Builtin.of("changed", "*", (run, a) -> changed(run, new Tuple(a.rest.positional(), List.of())));
            default -> Values.MISSING;
        };
    }

    private Object cycle(List<Object> values) {
        if (values.isEmpty()) {
            throw new Fault("no items for cycling given");
        }
        return values.get((int) (index % values.size()));
    }

    private boolean changed(Interpreter run, Object values) {
        boolean differs = changed == Values.MISSING || !Values.equal(values, changed, run.budget);
        changed = values;
        return differs;
    }

    @Override
    public String name() {
        return "loop";
    }

    @Override
    public Object call(Interpreter run, Arguments arguments) {
        if (recursion == null) {
            throw new Fault("the loop must have the 'recursive' marker to be called recursively");
        }
        if (arguments.positional().size() != 1) {
            throw new Fault("loop() takes exactly one argument");
        }
        return recursion.render(arguments.positional().getFirst(), depth + 1);
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }
}
